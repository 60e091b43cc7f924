import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";

import { columns, concept, raw, rewardKeys } from "../options/shared.js";

export const exportFiles = {
  name: "export",
  group: "answers",
  description:
    "tidy tables for pandas, R and others: a row for each example and reward model, or for each estimate",
  arguments: [{ usage: "<files...>", description: "scored files, effects files or studies" }],
  options: [
    rewardKeys,
    columns,
    concept,
    option("output", "--estimates", "a row for each estimate, of scored files too"),
    option(
      "output",
      "--output <file>",
      "where the table goes; the end of the name says the format: .csv, .parquet, .arrow",
      { required: true },
    ),
    raw,
  ],
  examples: `
  $ rate export scored.jsonl --output differences.parquet
  $ rate export length.jsonl structure.jsonl --output differences.csv
  $ rate export effects/*.json --output estimates.arrow
Read them with pandas, R or Altair: see docs/export.md.`,
} satisfies CommandDeclaration;
export type ExportFlags = FlagsOf<typeof exportFiles>;
