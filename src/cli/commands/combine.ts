import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { wholeNumber } from "../options/parse.js";
import { columns, json } from "../options/shared.js";

export const combine = {
  name: "combine",
  group: "scores",
  description: "join scored files of the same examples, or of parts of them, by id; later ones win",
  arguments: [{ usage: "[file...]", description: "scored files, .json or .jsonl, plain, .gz or .zst" }],
  options: [
    columns,
    option(
      "input",
      "--config <file>",
      "join the shards of the newest scores of this configuration, instead of named files",
    ),
    option("input", "--shards <count>", "how many shards there are", { parse: wholeNumber }),
    option("input", "--smoke-test", "with --config: the shards of its smoke test"),
    option(
      "output",
      "--output <file>",
      "where the joined file goes: .jsonl, or .json for one object keyed by id",
    ),
    json,
  ],
  examples: `
  $ rate combine armorm.jsonl deberta.jsonl.gz --output both.jsonl
  $ rate combine --config config.yaml --shards 16      what rate score --shard 1/16 to 16/16 have made
Texts, prompts and w of an example must agree in all files. Examples keep the order in which they first occur.`,
} satisfies CommandDeclaration;
export type CombineFlags = FlagsOf<typeof combine>;
