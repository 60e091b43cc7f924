import { readFile } from "node:fs/promises";
import { z } from "zod";
import { inputError } from "../domain/errors.js";
import type { EffectsFile } from "../estimators/effects-file.js";
import { type PublishedEffects, publishedRows } from "../estimators/published-effects.js";

/** What figures and tables read of an effects file. */
export type ReadResult = Pick<
  EffectsFile,
  "dataset_name" | "concept" | "score" | "reward_key" | "dataset_filename" | "ci_level" | "estimates"
>;

/** A result of a file, and the interval that holds for all results of its study at once, where it has one. */
export interface StoredResult {
  readonly result: ReadResult;
  readonly simultaneous: { readonly low: number; readonly high: number } | null;
}

const number = z.number().nullable();
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

const labels = {
  dataset_name: text,
  concept: text,
  score: text,
  reward_key: z.string(),
  dataset_filename: z.string(),
};

const row = z.looseObject({
  estimator: z.enum(["naive", "single_rewrite", "rate"]),
  estimand: z.enum(["ate", "att", "atu"]),
  value: number,
  stderr: number,
  ci_low: number,
  ci_high: number,
  p_value: number,
  effect_size: number,
  effect_size_ci_low: number,
  effect_size_ci_high: number,
  n: z.number(),
  reason: z.string().nullable(),
});

const effects = z.looseObject({ ...labels, ci_level: z.number(), estimates: z.array(row) });
const published = z.looseObject({ ...labels, ATE_rewritten_rewrite: number, reward_std: number.optional() });
const study = z.looseObject({
  results: z.array(effects),
  study: z.looseObject({
    rows: z.array(
      z.looseObject({
        dataset: z.string(),
        concept: z.string(),
        rewardKey: z.string(),
        simultaneousLow: z.number(),
        simultaneousHigh: z.number(),
      }),
    ),
  }),
});

/**
 * The results in an effects file, in the file of a whole study, or in an effects file of the published Python code, which has no rows: its
 * intervals are made of its standard errors. Null when the JSON is something else.
 */
export async function readEffects(path: string): Promise<StoredResult[] | null> {
  const value = await readJson(path);
  if (typeof value !== "object" || value === null) return null;
  if ("results" in value && "study" in value) {
    const { results, study: judged } = checked(study, value, path);
    return results.map((result) => {
      const name = result.dataset_name ?? result.dataset_filename;
      const found = judged.rows.find(
        (entry) => entry.rewardKey === result.reward_key && entry.dataset === name,
      );
      return {
        result: result as unknown as ReadResult,
        simultaneous: found ? { low: found.simultaneousLow, high: found.simultaneousHigh } : null,
      };
    });
  }
  if ("estimates" in value)
    return [{ result: checked(effects, value, path) as unknown as ReadResult, simultaneous: null }];
  if (!("ATE_rewritten_rewrite" in value)) return null;
  const flat = checked(published, value, path);
  const { dataset_name, concept, score, reward_key, dataset_filename } = flat;
  const named = { dataset_name, concept, score, reward_key, dataset_filename };
  const estimates = publishedRows(flat as PublishedEffects);
  return [{ result: { ...named, ci_level: 0.95, estimates }, simultaneous: null }];
}

/** A file's JSON. Throws with its name when it cannot be read or is none. */
export async function readJson(path: string): Promise<unknown> {
  const content = await readFile(path, "utf8").catch((cause) => {
    throw inputError(`${path}: cannot be read (${cause.message})`, cause);
  });
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw inputError(`${path}: is not JSON (${(cause as Error).message})`, cause);
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, path: string): z.infer<Schema> {
  const { data, error } = schema.safeParse(value);
  if (!error) return data as z.infer<Schema>;
  const [issue] = error.issues;
  throw inputError(
    `${path}: ${issue!.path.join(".")}: ${issue!.message}; rate effects writes such files anew`,
  );
}
