import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { wholeNumber } from "../options/parse.js";

import { columns, raw, rewardKeys, seed } from "../options/shared.js";

export const table = {
  name: "table",
  group: "answers",
  description:
    "tables of estimates, or of sampled rewrites with their rewards: terminal, Markdown, CSV, LaTeX",
  arguments: [
    { usage: "<kind>", description: "estimates or examples" },
    {
      usage: "<file...>",
      description: "effects files, studies, scored files, or a plotting configuration (.jsonl)",
    },
  ],
  options: [
    rewardKeys,
    columns,
    seed,
    option(
      "output",
      "--format <name>",
      "default: by the end of --output's name (.md, .csv, .tex), else terminal",
      {
        choices: ["terminal", "markdown", "csv", "latex"],
      },
    ),
    option("output", "--output <file>", "where the table goes (default: it is printed)"),
    option("output", "--ate-only", "estimates: without ATT and ATU"),
    option("output", "--rows <count>", "examples: how many are sampled", { parse: wholeNumber, default: 5 }),
    option("output", "--letters <count>", "examples: texts are cut after this many letters", {
      parse: wholeNumber,
      default: 500,
    }),
    raw,
    option("output", "--unicode", "LaTeX for LuaLaTeX or XeLaTeX: all letters as they are"),
  ],
  examples: `
  $ rate table estimates study.json
  $ rate table estimates effects/*.json --output estimates.tex
  $ rate table estimates scored.jsonl --format csv > estimates.csv
  $ rate table examples scored.jsonl --reward-key my-org/my-reward-model --rows 3 --seed 1 --output examples.tex`,
} satisfies CommandDeclaration;
export type TableFlags = FlagsOf<typeof table>;
