import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { positive, share } from "../options/parse.js";
import { clusterBy, columns, json } from "../options/shared.js";

export const power = {
  name: "power",
  group: "data",
  description:
    "how many examples a study needs, from a pilot or an assumed spread, and what the rewrites would cost",
  options: [
    columns,
    option("input", "--dataset <file>", "a pilot's scored file"),
    option("input", "--reward-key <key>", "the reward model of the pilot (default: the only one there)"),
    clusterBy,
    option(
      "input",
      "--sd <number>",
      "standard deviation of the paired differences in effect sizes, instead of a pilot",
      { parse: positive },
    ),
    option("statistics", "--standard-error <number>", "goal: the standard error of the effect size", {
      parse: positive,
    }),
    option("statistics", "--width <number>", "goal: the width of the interval", { parse: positive }),
    option(
      "statistics",
      "--power <share>",
      "goal: the chance to find --effect; with --within, of a decision (0.8)",
      { parse: share },
    ),
    option(
      "statistics",
      "--effect <number>",
      "the effect size that --power is about; with --within, 0 if left out",
      { parse: positive },
    ),
    option(
      "statistics",
      "--within <number>",
      "goal: rate check decides whether the effect lies within ± this",
      { parse: positive },
    ),
    option("statistics", "--alpha <share>", "size of the tests of --within", { parse: share, default: 0.05 }),
    option("statistics", "--level <share>", "confidence level", { parse: share, default: 0.95 }),
    option("cost", "--prompt-tokens <count>", "tokens of a request (default: from the pilot's texts)", {
      parse: positive,
    }),
    option("cost", "--completion-tokens <count>", "tokens of an answer (default: from the pilot's texts)", {
      parse: positive,
    }),
    option("cost", "--prompt-price <number>", "price of a million tokens of requests", { parse: positive }),
    option("cost", "--completion-price <number>", "price of a million tokens of answers", {
      parse: positive,
    }),
    json,
  ],
  examples: `
  $ rate power --dataset pilot_scored.jsonl --width 0.05
  $ rate power --sd 0.4 --power 0.9 --effect 0.05
  $ rate power --sd 0.4 --within 0.1            for rate check --within 0.1
  $ rate power --dataset pilot_scored.jsonl --standard-error 0.01 --prompt-price 1.25 --completion-price 5`,
} satisfies CommandDeclaration;
export type PowerFlags = FlagsOf<typeof power>;
