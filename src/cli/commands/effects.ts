import type { CommandDeclaration, FlagsOf } from "../command.js";
import { option } from "../options/option.js";
import { positive, replicates, share } from "../options/parse.js";
import {
  by,
  clusterBy,
  columns,
  config,
  humanKey,
  json,
  reference,
  seed,
  sensitivity,
} from "../options/shared.js";

export const effects = {
  name: "effects",
  group: "answers",
  description: "the estimates, with standard errors, intervals and p-values",
  options: [
    config,
    option(
      "input",
      "--dataset <file...>",
      "scored file, instead of a configuration; several are judged together",
    ),
    option(
      "input",
      "--reward-key <key...>",
      "the reward model whose scores are used (default: the only one there); several, or all",
    ),
    columns,
    option(
      "input",
      "--concept <name...>",
      "the attribute's name, one for all data sets or one for each; equal ones are pooled",
    ),
    option(
      "input",
      "--rename <old=new...>",
      "treat one reward key as another, to pool data sets that name a model differently",
    ),
    option("statistics", "--stderr <method>", "standard errors of the RATE rows", {
      choices: ["paired", "unpaired"],
    }),
    option("statistics", "--ci <method>", "confidence intervals", {
      choices: ["normal", "t", "percentile", "bca"],
    }),
    option(
      "statistics",
      "--negligible <number>",
      "effect sizes within ± this many standard deviations of the reward count as negligible (default: 0.1)",
      { parse: positive },
    ),
    option(
      "input",
      "--compare <key...>",
      "differences between these reward models on the same examples; all of them go to --json and --output anyway",
    ),
    option("statistics", "--level <share>", "confidence level, for example 0.95", { parse: share }),
    option(
      "statistics",
      "--bootstrap <count>",
      "replicates for percentile and bca intervals (default: 10000)",
      { parse: replicates },
    ),
    seed,
    clusterBy,
    by,
    humanKey,
    sensitivity,
    reference,
    option(
      "output",
      "--output <file>",
      "where the effects go (default: the project's effects folder, or nowhere with --dataset)",
    ),
    option("output", "--full", "whole tables, in place of one line a result"),
    json,
  ],
  examples: `
  $ rate effects --config config.yaml
  $ rate effects --dataset scored.jsonl --reward-key my-org/my-reward-model --output effects.json
  $ rate effects --dataset scored.jsonl --cluster-by prompt_id --ci t --json
  $ rate effects --dataset scored.jsonl --ci bca --bootstrap 10000 --seed 1
  $ rate effects --dataset scored.jsonl --reward-key all --full
  $ rate effects --dataset scored.jsonl --compare org/model-a org/model-b
  $ rate effects --dataset scored.jsonl --by site --human-key human_preference
  $ rate effects --dataset scored.jsonl --reward-key my-model --reference judge --sensitivity all
  $ rate effects --dataset imdb.jsonl eli5.jsonl --concept length --reward-key all --output study.json`,
} satisfies CommandDeclaration;
export type EffectsFlags = FlagsOf<typeof effects>;
