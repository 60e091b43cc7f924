import { z } from "zod";
import { withSnakeKeys } from "../../domain/snake-case.js";
import { type EffectsFile, heterogeneity } from "./effects-schema.js";

/**
 * The file of a study: what is judged together, then every result by itself. The one definition of its keys; those of earlier versions, in camelCase, are
 * read too.
 */

const finite = z.number().nullable().default(null);
const count = z.int().nonnegative();

/** A number in effect sizes with its uncertainty. */
const judged = {
  value: z.number(),
  standard_error: z.number(),
  df: finite,
  low: z.number(),
  high: z.number(),
  p_value: z.number(),
};

const row = z.looseObject({
  ...judged,
  dataset: z.string(),
  concept: z.string(),
  reward_key: z.string(),
  holm: z.number(),
  benjamini_hochberg: z.number(),
  /** The interval that holds for all rows of the study at once. */
  simultaneous_low: z.number(),
  simultaneous_high: z.number(),
});

const contrast = z.looseObject({
  ...judged,
  dataset: z.string(),
  concept: z.string(),
  first: z.string(),
  second: z.string(),
  /** Examples that both have scored, and those that one has alone, which are left out. */
  n: count,
  only_first: count.default(0),
  only_second: count.default(0),
  /** Corrected for the number of contrasts; null in files of earlier versions. */
  holm: finite,
});

/** Data sets under two names that share rows. */
const sharedRows = z.looseObject({
  reward_key: z.string(),
  first: z.string(),
  second: z.string(),
  rows: count,
});

const pooled = z.looseObject({
  ...judged,
  concept: z.string(),
  reward_key: z.string(),
  datasets: z.array(z.string()).readonly(),
  n: count,
  heterogeneity,
});

const listOf = <Row extends z.ZodType>(schema: Row) =>
  z.array(z.preprocess(withSnakeKeys, schema)).readonly();

const judgedTogether = z.object({
  rows: listOf(row),
  contrasts: listOf(contrast),
  pooled: listOf(pooled),
  shared_rows: z.array(sharedRows).readonly().default([]),
});

/** By data set: people's preference and the means over the reward models, on the examples that people labelled. */
const humanMeans = z.object({
  dataset_filename: z.string(),
  n: count,
  reward_models: count,
  human_preference_rate: finite,
  mean_model_preference_rate: finite,
  mean_disagreement_rate: finite,
});

/** A study's file without what each result holds. */
export const studySchema = z.object({
  results: z.array(z.unknown()).readonly(),
  study: judgedTogether.nullable().default(null),
  human: z.array(humanMeans).readonly().default([]),
});

export type StudyRow = Readonly<z.output<typeof row>>;
export type ContrastRow = Readonly<z.output<typeof contrast>>;
export type SharedRowsRow = Readonly<z.output<typeof sharedRows>>;
export type PooledRow = Readonly<z.output<typeof pooled>>;
export type HumanMeans = Readonly<z.output<typeof humanMeans>>;

/** What is judged together, as it stands in the file. */
export interface JudgedTogether {
  readonly rows: readonly StudyRow[];
  readonly contrasts: readonly ContrastRow[];
  readonly pooled: readonly PooledRow[];
  readonly shared_rows: readonly SharedRowsRow[];
}

/** A study as it is written. */
export interface StudyInFile {
  readonly study: JudgedTogether;
  readonly human: readonly HumanMeans[];
  readonly results: readonly EffectsFile[];
}
