import { z } from "zod";
import { EFFECT_VERDICTS, ESTIMANDS, ESTIMATORS } from "../../domain/effect.js";
import { withSnakeKeys } from "../../domain/snake-case.js";
import { PUBLISHED_KEYS } from "./published-keys.js";

/**
 * The effects file: the one definition of its keys. The type of what is written and the check of what is read both come from here. Keys that a file
 * lacks are filled in, so that files of the published code and of earlier versions can be read.
 */

/** The level of intervals in files that do not give it. */
const LEVEL = 0.95;
/** The same for what counts as negligible. */
const NEGLIGIBLE = 0.1;

const finite = z.number().nullable().default(null);
const count = z.int().nonnegative();
const text = z.string().nullable().default(null);

/** An estimate as a row of the file. */
const estimate = z.looseObject({
  estimator: z.enum(ESTIMATORS),
  estimand: z.enum(ESTIMANDS),
  value: finite,
  stderr: finite,
  stderr_method: text,
  ci_low: finite,
  ci_high: finite,
  ci_level: finite,
  ci_method: text,
  p_value: finite,
  /** Degrees of freedom, of the effect and the effect size. */
  df: finite,
  /** value / reward_std, with the interval that allows for reward_std being estimated (delta method, or the bootstrap). */
  effect_size: finite,
  effect_size_stderr: finite,
  effect_size_ci_low: finite,
  effect_size_ci_high: finite,
  /** Of the same test as the effect size's interval: what a sentence says. */
  effect_size_p_value: finite,
  /** The effect's own interval divided by reward_std, as if that were known. */
  effect_size_plain_ci_low: finite,
  effect_size_plain_ci_high: finite,
  n: count,
  n_treated: count.default(0),
  n_untreated: count.default(0),
  /** Scored examples that could not enter this estimate. */
  left_out: count.default(0),
  /** Why something is null; null when nothing is. */
  reason: text,
  /** What the estimate shows; null in files that do not say. */
  verdict: z.enum(EFFECT_VERDICTS).nullable().default(null),
  verdict_reason: text,
});

const tally = z.object({ succeeded: count, of: count });
/** Successful flips by the value of W that the text was to have. */
const flipShares = z.object({ to_w_1: tally, to_w_0: tally });
const flips = z.object({ rewrite: flipShares, rewritten_rewrite: flipShares });

const diagnostic = z.object({
  name: z.string(),
  value: finite,
  threshold: finite,
  warns: z.boolean(),
  sentence: z.string(),
});

/** People's preferences and the model's, on the rows that people labelled, ties left out; every rate also with `_ci_low` and `_ci_high`. */
const human = z
  .object({
    n: count,
    human_preference_rate: finite,
    model_preference_rate: finite,
    disagreement_rate: finite,
  })
  .catchall(z.number().nullable());

/** Whether several estimates differ by more than chance: Welch's F; files of earlier versions have Cochran's Q instead. */
export const heterogeneity = z
  .preprocess(
    withSnakeKeys,
    z.looseObject({
      f: finite,
      df_between: finite,
      df_within: finite,
      p_value: z.number(),
      i_squared: z.number(),
      /** How many were tested, and the names of those that rest on too few examples for it. */
      tested: count.nullable().default(null),
      untested: z.array(z.string()).readonly().default([]),
    }),
  )
  .nullable();

/** One way to ask whether the attribute or the rewriter made the effect (docs/sensitivity.md). */
const sensitivity = z.looseObject({
  name: z.string(),
  /** What the row is about, where there are several of one name: a measure, a rewriter. */
  of: z.string().optional(),
  estimand: z.enum(ESTIMANDS),
  value: finite,
  stderr: finite,
  df: finite,
  ci_low: finite,
  ci_high: finite,
  /** True where the data do not bound the value: the interval has no end. */
  unbounded: z.boolean().optional(),
  effect_size: finite,
  n: count,
  assumes: z.string(),
  note: text,
  details: z.record(z.string(), z.number().nullable()).optional(),
});

const subgroups = z.object({
  by: z.string(),
  groups: z
    .array(z.object({ name: z.string(), reward_std: finite, estimates: z.array(estimate).readonly() }))
    .readonly(),
  heterogeneity,
});

/** What each estimator makes of an effect that was planted, in effect sizes. */
const truthRow = z.object({
  name: z.string(),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  note: z.string(),
});
const truthCheck = z.object({
  title: z.string(),
  explanation: z.string(),
  rows: z.array(truthRow).readonly(),
});

/** The keys of the published code, which other people's scripts write and read. */
const published = Object.fromEntries(
  Object.values(PUBLISHED_KEYS)
    .flatMap((keys) => Object.values(keys))
    .filter((key) => key !== null)
    .flatMap((key) => [
      [key, z.number().nullish()],
      [`${key}_stderr`, z.number().nonnegative().nullish()],
    ]),
);

const attrition = z.object({
  attempted: z.object({ w_1: count, w_0: count }),
  value: finite,
  stderr: finite,
  df: finite,
  ci_low: finite,
  ci_high: finite,
  effect_size: finite,
  effect_size_stderr: finite,
  effect_size_ci_low: finite,
  effect_size_ci_high: finite,
  /** How far it lies from the ATE of the rows, in standard errors. */
  shift: finite,
});

/** The file as it is read: without the rows, which published files lack. */
export const effectsSchema = z.looseObject({
  ...published,
  dataset_name: text,
  concept: text,
  score: text,
  /** How the attribute calls its two values; null where that is not known. */
  labels: z.object({ w_1: z.string(), w_0: z.string() }).nullable().default(null),
  reward_key: z.string(),
  dataset_filename: z.string().default(""),
  /** Below the project's scored files; and the texts' keys, where the configuration names others than the usual ones. */
  dataset_folder: text,
  w_original_key: z.string().optional(),
  w_counterfactual_key: z.string().optional(),
  w_rewritten_rewrite_key: z.string().optional(),
  /** The columns of the rewards and of W, where the call named them. */
  columns: z
    .object({
      original: z.string().optional(),
      rewrite: z.string().optional(),
      rewritten_rewrite: z.string().optional(),
      treated: z.string().optional(),
    })
    .optional(),
  reward_std: finite,
  reward_std_of: z.string().default("original"),
  rewrite_effect_w_1: finite,
  rewrite_effect_w_0: finite,
  Y1_count: count.default(0),
  Y0_count: count.default(0),
  stderr_method: z.string().default("unknown"),
  ci_method: z.string().default("normal"),
  ci_level: z.number().gt(0).lt(1).default(LEVEL),
  /** Effect sizes within ± this count as negligible. */
  negligible: z.number().positive().default(NEGLIGIBLE),
  cluster_by: text,
  clusters: count.nullable().default(null),
  bootstrap: z.object({ replicates: count, seed: count }).nullable().default(null),
  without_original: count.default(0),
  without_rewards: z.object({ w_1: count, w_0: count }).default({ w_1: 0, w_0: 0 }),
  /** RATE's ATE with the arms weighted by the examples that were attempted; null where nothing is missing. */
  attrition: attrition.nullable().default(null),
  flips: flips.nullable().default(null),
  /** Share of examples whose w = 1 text of the RATE pair outscores its w = 0 text, strictly; also with `_ci_low` and `_ci_high`. */
  preference_rate: finite,
  tie_rate: finite,
  human: human.nullable().default(null),
  subgroups: subgroups.nullable().default(null),
  diagnostics: z.array(diagnostic).readonly().default([]),
  warnings: z.array(z.string()).readonly().default([]),
  estimates: z.array(estimate).readonly().optional(),
  sensitivity: z.array(sensitivity).readonly().default([]),
  /** Mean of 1/(1 + e^(−d)): how often a Bradley–Terry model's users would see the w = 1 text preferred. */
  preference_probability: finite,
  /** Where an effect was planted, what it is and what the estimators make of it. */
  truth_check: truthCheck.optional(),
});

type Stored = z.output<typeof effectsSchema>;

export type EstimateRow = Readonly<z.output<typeof estimate>>;
export type SensitivityInFile = Readonly<z.output<typeof sensitivity>>;
export type FlipsInFile = z.output<typeof flips>;
export type DiagnosticInFile = z.output<typeof diagnostic>;
export type HumanInFile = z.output<typeof human>;
export type SubgroupsInFile = z.output<typeof subgroups>;
export type TruthRow = z.output<typeof truthRow>;
export type TruthCheck = z.output<typeof truthCheck>;

/** The effects file: keys that other people's scripts read, then the same as rows. */
export type EffectsFile = Readonly<Stored> & { readonly estimates: readonly EstimateRow[] };

/** What the effects file says about itself besides the estimates. */
export type EffectsLabels = Pick<
  EffectsFile,
  | "dataset_name"
  | "concept"
  | "score"
  | "labels"
  | "reward_key"
  | "dataset_filename"
  | "dataset_folder"
  | "w_original_key"
  | "w_counterfactual_key"
  | "w_rewritten_rewrite_key"
  | "columns"
>;
