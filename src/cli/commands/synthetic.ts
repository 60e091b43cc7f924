import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { percent, wholeNumber } from "../options/parse.js";
import { DATA_OPTIONS, json, rewardKey, seed } from "../options/shared.js";

export const synthetic = {
  name: "synthetic",
  group: "answers",
  description: "semi-synthetic experiments: the estimators while a confounder grows, against a known truth",
  arguments: [
    {
      usage: "<experiment>",
      description:
        "length-sentiment, helpfulness-complexity, vowels-typos, vowels-breaks, worlds (simulated), or typos (writes a data set with typos)",
    },
  ],
  options: [
    option(
      "input",
      "--dataset <file>",
      "scored or rewritten data set of the first two (default: the embedded sentences)",
    ),
    rewardKey,
    option("input", "--confounder <field>", "field with the confounder, split at its median; nested as a.b"),
    ...DATA_OPTIONS,
    option("models", "--model <name>", "reward model to score with"),
    option("data", "--percent <number>", "typos: percent of the words", { parse: percent }),
    option("data", "--vowels-only", "typos: only in texts that start with a vowel"),
    option("statistics", "--replicates <count>", "worlds: simulated data sets for each", {
      parse: wholeNumber,
      default: 500,
    }),
    seed,
    option("output", "--output <file>", "typos: where the data set goes, a .jsonl"),
    json,
  ],
  examples: `
  $ rate synthetic length-sentiment                   on the embedded sentences, rewriter and reward model
  $ rate synthetic length-sentiment --dataset imdb_length_distilbert_positive_scored.jsonl
  $ rate synthetic helpfulness-complexity --dataset helpsteer_scored.jsonl --confounder complexity
  $ rate synthetic vowels-typos --data reviews.jsonl --response text --prompt "" --model embedded \\
      --rewriter openai --rewriter-model qwen3 --base-url http://localhost:8000/v1
  $ rate synthetic worlds --replicates 1000
  $ rate synthetic typos --percent 30 --data reviews.jsonl --response text --output typos.jsonl`,
} satisfies CommandDeclaration;
export type SyntheticFlags = FlagsOf<typeof synthetic>;
