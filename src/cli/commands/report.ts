import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { wholeNumber } from "../options/parse.js";
import { by, clusterBy, columns, concept, humanKey, rewardKeys } from "../options/shared.js";

export const report = {
  name: "report",
  group: "answers",
  description:
    "one HTML file that opens offline: the answer, estimates, diagnostics, examples, and how it was done",
  arguments: [
    {
      usage: "<files...>",
      description: "effects files, studies (rate effects … --output), scored files, or project directories",
    },
  ],
  options: [
    rewardKeys,
    columns,
    concept,
    clusterBy,
    by,
    humanKey,
    option("output", "--output <file>", "where the report goes", { default: "report.html" }),
    option("output", "--title <text>", "the report's title"),
    option("output", "--examples <count>", "examples of each kind", { parse: wholeNumber, default: 2 }),
  ],
  examples: `
  $ rate report effects/*.json                        the scored files are looked for in the project
  $ rate report study.json scored.jsonl --output study.html
  $ rate report scored.jsonl --concept length --human-key human_preference
  $ rate report my-project --title "Reward models, spring"
The report shows examples where a result's scored file is given, or is in data/scored of the project.`,
} satisfies CommandDeclaration;
export type ReportFlags = FlagsOf<typeof report>;
