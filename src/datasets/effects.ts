import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { inputError } from "../domain/errors.js";
import type { EffectsFile, EstimateRow } from "../estimators/effects-file.js";

/** An effects file is some kilobytes; what is larger than this is something else. */
const MOST_BYTES = 64 << 20;

/** What is read of an estimate in an effects file. */
export type StoredEstimate = Pick<
  EstimateRow,
  | "estimator"
  | "estimand"
  | "value"
  | "stderr"
  | "stderr_method"
  | "effect_size"
  | "effect_size_stderr"
  | "n"
  | "reason"
>;

/** What is read of an effects file. */
export type StoredEffects = Pick<
  EffectsFile,
  "dataset_name" | "concept" | "score" | "reward_key" | "dataset_filename" | "clusters" | "warnings"
> & { readonly estimates: readonly StoredEstimate[] };

const ESTIMANDS = ["ate", "att", "atu"] as const;
/** Estimators as the flat keys spell them. */
const FLAT = { single_rewrite: "single_rewrite", rate: "rewritten_rewrite" } as const;

const finite = z.number().nullable();
const count = z.int().nonnegative();
const text = z.string().nullable().default(null);

const row = z.object({
  estimator: z.enum(["naive", "single_rewrite", "rate"]),
  estimand: z.enum(["ate", "att", "atu"]),
  value: finite,
  stderr: finite,
  stderr_method: text,
  effect_size: finite,
  effect_size_stderr: finite,
  n: count,
  reason: text,
});

const labels = {
  dataset_name: text,
  concept: text,
  score: text,
  reward_key: z.string(),
  dataset_filename: z.string().default(""),
};

const ours = z.object({
  ...labels,
  clusters: count.nullable().default(null),
  warnings: z.array(z.string()).default([]),
  estimates: z.array(row),
});

/** Files of the published code have the flat keys alone. */
const published = z.object({
  ...labels,
  reward_std: finite.optional(),
  Y1_count: count,
  Y0_count: count,
  naive_effect: finite.optional(),
  naive_effect_stderr: finite.optional(),
  ...flatKeys(),
});

/**
 * The results in an effects file: one, or several in the file of a study. Files without rows, as the published code writes them, are read by their keys; their effect
 * sizes take `reward_std` as known. Throws with the file and the field on what is no effects file.
 */
export async function readEffects(path: string): Promise<StoredEffects[]> {
  const value = await readJson(path);
  const study = z.object({ results: z.array(z.unknown()) }).safeParse(value);
  if (!study.success) return [resultOf(value, path, "")];
  return study.data.results.map((result, index) => resultOf(result, path, `results.${index}.`));
}

async function readJson(path: string): Promise<unknown> {
  const text = await stat(path)
    .then(({ size }) => {
      if (size > MOST_BYTES) throw new Error(`${size} bytes are too many for an effects file`);
      return readFile(path, "utf8");
    })
    .catch((cause) => {
      throw inputError(`${path}: cannot be read (${cause.message})`, cause);
    });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw inputError(
      `${path}: is not JSON (${(cause as Error).message}); an effects file was expected, as rate effects writes it`,
      cause,
    );
  }
}

function resultOf(value: unknown, path: string, prefix: string): StoredEffects {
  const flat = typeof value === "object" && value !== null && !("estimates" in value);
  const parsed = flat ? published.transform(fromFlat).safeParse(value) : ours.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${prefix}${issue.path.join(".")}: ${issue.message}`);
  throw inputError(`${path}: is no effects file (${faults.join("; ")}); rate effects writes them`);
}

function flatKeys(): Record<string, z.ZodType<number | null | undefined>> {
  const names = ESTIMANDS.flatMap((estimand) =>
    Object.values(FLAT).map((name) => `${estimand.toUpperCase()}_${name}`),
  );
  return Object.fromEntries(
    names.flatMap((name) => [
      [name, finite.optional()],
      [`${name}_stderr`, finite.optional()],
    ]),
  );
}

function fromFlat(file: z.infer<typeof published>): StoredEffects {
  const scale = file.reward_std || null;
  const counts = { ate: file.Y1_count + file.Y0_count, att: file.Y1_count, atu: file.Y0_count };
  const numbers = file as Readonly<Record<string, unknown>>;
  const numberAt = (key: string) => (typeof numbers[key] === "number" ? numbers[key] : null);
  const rowOf = (key: string, names: Pick<StoredEstimate, "estimator" | "estimand">): StoredEstimate => {
    const [value, stderr] = [numberAt(key), numberAt(`${key}_stderr`)];
    const inSd = (number: number | null) => (number === null || scale === null ? null : number / scale);
    return {
      ...names,
      value,
      stderr,
      stderr_method: null,
      effect_size: inSd(value),
      effect_size_stderr: inSd(stderr),
      n: counts[names.estimand],
      reason: value === null ? `the file has no ${key}` : null,
    };
  };
  const paired = (Object.keys(FLAT) as (keyof typeof FLAT)[]).flatMap((estimator) =>
    ESTIMANDS.map((estimand) =>
      rowOf(`${estimand.toUpperCase()}_${FLAT[estimator]}`, { estimator, estimand }),
    ),
  );
  const { dataset_name, concept, score, reward_key, dataset_filename } = file;
  return {
    dataset_name,
    concept,
    score,
    reward_key,
    dataset_filename,
    clusters: null,
    warnings: [],
    estimates: [rowOf("naive_effect", { estimator: "naive", estimand: "ate" }), ...paired],
  };
}
