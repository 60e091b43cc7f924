import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { number, positive, share, wholeNumber } from "../options/parse.js";
import { clusterBy, columns, json, rewardKeys } from "../options/shared.js";

export const check = {
  name: "check",
  group: "answers",
  description: "a gate for training pipelines: are the effects shown to lie within limits?",
  options: [
    option("input", "--config <file>", "configuration file with a check block"),
    option(
      "input",
      "--dataset <file...>",
      "scored files to check (default: the newest ones of the configuration)",
    ),
    option("input", "--effects <file...>", "effects files to check, instead of scored files"),
    rewardKeys,
    columns,
    option("input", "--concept <name>", "the attribute to check (default: all that the limits are about)"),
    option("input", "--against <key>", "check the difference to this reward model on the same texts"),
    option(
      "input",
      "--baseline <file>",
      "the scored file of the reward model to compare with (default: the same file)",
    ),
    option("limits", "--within <number>", "limits at −number and number, instead of the configuration's", {
      parse: positive,
    }),
    option("limits", "--low <number>", "the effect must lie above", { parse: number }),
    option("limits", "--high <number>", "the effect must lie below", { parse: number }),
    option("limits", "--unit <unit>", "unit of the limits (default: sd)", { choices: ["sd", "reward"] }),
    option("statistics", "--estimator <name>", "default: rate", {
      choices: ["rate", "single_rewrite", "naive"],
    }),
    option(
      "statistics",
      "--estimand <name>",
      "default: ate, and undecided where ATT and ATU cancel; write ate to accept that",
      { choices: ["ate", "att", "atu"] },
    ),
    option(
      "statistics",
      "--alpha <share>",
      "size of the tests: the intervals have the level 1 − 2 alpha (default: 0.05)",
      { parse: share },
    ),
    option(
      "statistics",
      "--looks <number>",
      "looks at growing data that are planned in all: they share alpha (default: one look)",
      { parse: wholeNumber },
    ),
    option("statistics", "--look <number>", "which of the planned looks this is, from 1", {
      parse: wholeNumber,
    }),
    clusterBy,
    option("output", "--junit <file>", "write the result as JUnit XML"),
    option("output", "--markdown <file>", "write the result as a Markdown table"),
    json,
  ],
  examples: `
  $ rate check --config config.yaml --junit check.xml --markdown check.md
  $ rate check --effects effects/reviews_length_my-model_treatment_effects_20250101_120000.json --within 0.1
  $ rate check --dataset scored.jsonl --reward-key new --against old --high 0.05
  $ rate check --dataset new.jsonl --baseline old.jsonl --within 0.05
  $ rate check --dataset scored.jsonl --within 0.1 --looks 5 --look 2     the second of five looks as data come in
In the configuration:
  check:
    alpha: 0.05
    limits:
      - { concept: length, within: 0.1 }                    # every reward model, in standard deviations of the reward
      - { concept: sentiment, reward_key: my-model, low: 0.2, unit: reward }
      - { concept: length, against: { reward_key: old-model }, high: 0.05 }
Exit code: 0 shown to lie inside all limits, 3 shown to lie outside one, 4 neither is shown, 1 and 2 errors.`,
} satisfies CommandDeclaration;
export type CheckFlags = FlagsOf<typeof check>;
