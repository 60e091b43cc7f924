import { stat } from "node:fs/promises";
import { z } from "zod";
import { inputError } from "../../domain/errors.js";
import { checked, type JsonFile, readJson } from "../../storage/readers/json-file.js";
import type { SmallFile } from "../../storage/readers/small-file.js";
import { type EffectsFile, PUBLISHED_KEYS } from "../files/effects-file.js";
import { publishedRows } from "../files/published-effects.js";
import type { StudyInFile } from "../files/study-file.js";

/** An effects file is some kilobytes. */
export const EFFECTS: SmallFile = {
  what: "an effects file",
  most: 64 << 20,
  advice: "rate effects writes them",
};

const ESTIMANDS = ["ate", "att", "atu"] as const;
/** The level of intervals in files that do not give it. */
const LEVEL = 0.95;

const finite = z.number().nullable().default(null);
const count = z.int().nonnegative();
const text = z.string().nullable().default(null);

const row = z.looseObject({
  estimator: z.enum(["naive", "single_rewrite", "rate"]),
  estimand: z.enum(ESTIMANDS),
  value: finite,
  stderr: finite,
  stderr_method: text,
  ci_low: finite,
  ci_high: finite,
  ci_level: finite,
  ci_method: text,
  p_value: finite,
  effect_size: finite,
  effect_size_stderr: finite,
  effect_size_ci_low: finite,
  effect_size_ci_high: finite,
  effect_size_plain_ci_low: finite,
  effect_size_plain_ci_high: finite,
  n: count,
  n_treated: count.default(0),
  n_untreated: count.default(0),
  left_out: count.default(0),
  reason: text,
});

const tally = z.object({ succeeded: count, of: count });
const flips = z.object({ to_w_1: tally, to_w_0: tally });
const arms = z.object({ w_1: count, w_0: count });

/** The keys of the published code, which other people's scripts write too. */
const published = Object.fromEntries(
  Object.values(PUBLISHED_KEYS)
    .flatMap((keys) => Object.values(keys))
    .filter((key) => key !== null)
    .flatMap((key) => [
      [key, z.number().nullish()],
      [`${key}_stderr`, z.number().nonnegative().nullish()],
    ]),
);

const file = z.looseObject({
  ...published,
  dataset_name: text,
  concept: text,
  score: text,
  reward_key: z.string(),
  dataset_filename: z.string().default(""),
  reward_std: finite,
  reward_std_of: z.string().default("original"),
  rewrite_effect_w_1: finite,
  rewrite_effect_w_0: finite,
  Y1_count: count.default(0),
  Y0_count: count.default(0),
  stderr_method: z.string().default("unknown"),
  ci_method: z.string().default("normal"),
  ci_level: z.number().gt(0).lt(1).default(LEVEL),
  cluster_by: text,
  clusters: count.nullable().default(null),
  bootstrap: z.object({ replicates: count, seed: count }).nullable().default(null),
  without_original: count.default(0),
  without_rewards: arms.default({ w_1: 0, w_0: 0 }),
  flips: z.object({ rewrite: flips, rewritten_rewrite: flips }).nullable().default(null),
  preference_rate: finite,
  tie_rate: finite,
  human: z
    .object({
      n: count,
      human_preference_rate: finite,
      model_preference_rate: finite,
      disagreement_rate: finite,
    })
    .catchall(z.number().nullable())
    .nullable()
    .default(null),
  subgroups: z
    .object({
      by: z.string(),
      groups: z.array(z.object({ name: z.string(), reward_std: finite, estimates: z.array(row) })),
      heterogeneity: z
        .object({ q: z.number(), degrees: z.number(), pValue: z.number(), iSquared: z.number() })
        .nullable(),
    })
    .nullable()
    .default(null),
  diagnostics: z
    .array(
      z.object({
        name: z.string(),
        value: finite,
        threshold: finite,
        warns: z.boolean(),
        sentence: z.string(),
      }),
    )
    .default([]),
  warnings: z.array(z.string()).default([]),
  estimates: z.array(row).optional(),
  truth_check: z
    .object({
      title: z.string(),
      explanation: z.string(),
      rows: z.array(
        z.object({
          name: z.string(),
          value: z.number(),
          low: z.number(),
          high: z.number(),
          note: z.string(),
        }),
      ),
    })
    .optional(),
});

const judged = {
  value: z.number(),
  standardError: z.number(),
  low: z.number(),
  high: z.number(),
  pValue: z.number(),
};
const heterogeneity = z
  .object({ q: z.number(), degrees: z.number(), pValue: z.number(), iSquared: z.number() })
  .nullable();

const study = z.object({
  rows: z.array(
    z.object({
      ...judged,
      dataset: z.string(),
      concept: z.string(),
      rewardKey: z.string(),
      holm: z.number(),
      benjaminiHochberg: z.number(),
      simultaneousLow: z.number(),
      simultaneousHigh: z.number(),
    }),
  ),
  contrasts: z.array(
    z.object({
      ...judged,
      dataset: z.string(),
      concept: z.string(),
      first: z.string(),
      second: z.string(),
      n: count,
    }),
  ),
  pooled: z.array(
    z.object({
      ...judged,
      concept: z.string(),
      rewardKey: z.string(),
      datasets: z.array(z.string()),
      n: count,
      heterogeneity,
    }),
  ),
});

const human = z.array(
  z.object({
    dataset_filename: z.string(),
    n: count,
    reward_models: count,
    human_preference_rate: finite,
    mean_model_preference_rate: finite,
    mean_disagreement_rate: finite,
  }),
);

/** What an effects file or a study's file holds. */
export type StoredResults = Omit<StudyInFile, "study"> & { readonly study: StudyInFile["study"] | null };

/** The results in an effects file: one, or several in the file of a study. As `readResults`. */
export async function readEffects(path: string): Promise<readonly EffectsFile[]> {
  return (await readResults(path)).results;
}

/**
 * Reads an effects file, or the file of a study. Files without rows, as the published code writes them, are read by their keys; their effect
 * sizes take `reward_std` as known, and their intervals are normal ones at 95 %. Throws with the file and the field on what is no effects file.
 */
export async function readResults(path: string): Promise<StoredResults> {
  return resultsIn(await readJson(path, EFFECTS));
}

/** The results in a file's JSON; null when it is something else altogether. Throws as `readResults`. */
export function resultsIfAny(file: JsonFile): StoredResults | null {
  const { value } = file;
  const is = (key: string) => typeof value === "object" && value !== null && key in value;
  return is("results") || is("estimates") || is("ATE_rewritten_rewrite") ? resultsIn(file) : null;
}

/** As `readResults`; null when the file is too large for one, or something else. */
export async function readResultsIfAny(path: string): Promise<StoredResults | null> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  return size > EFFECTS.most ? null : resultsIfAny(await readJson(path, EFFECTS));
}

const several = z.object({
  results: z.array(z.unknown()),
  study: study.nullable().default(null),
  human: human.default([]),
});

function resultsIn(read: JsonFile): StoredResults {
  const { value } = read;
  if (typeof value !== "object" || value === null || !("results" in value))
    return { study: null, human: [], results: [resultOf(read, [])] };
  const whole = checked(read, several);
  return { ...whole, results: whole.results.map((_, index) => resultOf(read, ["results", index])) };
}

function resultOf(read: JsonFile, within: readonly PropertyKey[]): EffectsFile {
  const { estimates, ...found } = checked(read, file, within);
  if (estimates === undefined && !("ATE_rewritten_rewrite" in found))
    throw inputError(
      `${read.path}: ${[...within, "estimates"].join(".")}: missing, and so is ATE_rewritten_rewrite; rate effects writes effects files`,
    );
  // Rows that a file lacks are there with their reason.
  const rows = publishedRows(found).map(
    (own) =>
      estimates?.find(
        ({ estimator, estimand }) => estimator === own.estimator && estimand === own.estimand,
      ) ?? own,
  );
  return { ...found, estimates: rows };
}
