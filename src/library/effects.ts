/** Effects from scored files, wherever the scores were made. */

import type { EffectsConfig } from "../domain/config/schema.js";
import type { EffectsFile } from "../estimation/files/effects-file.js";
import { inferenceOf, nameFromFile } from "../estimation/stage/choices.js";
import { type EstimateWork, estimate } from "../estimation/stage/effects.js";
import { studyOf } from "../estimation/stage/studies.js";
import { keysIn } from "../storage/examples/scored.js";

export type { EffectsFile } from "../estimation/files/effects-file.js";
export type { StudyInFile } from "../estimation/files/study-file.js";
export { readEffects } from "../estimation/stage/read-effects.js";

/** How a scored file is estimated: the names are those of the configuration's `effects` block. */
export type EffectsOptions = Pick<
  Partial<EffectsConfig>,
  | "reward_key"
  | "concept"
  | "stderr"
  | "ci"
  | "level"
  | "bootstrap"
  | "seed"
  | "cluster_by"
  | "by"
  | "human_key"
>;

/**
 * Estimates the effects in a scored file under one reward model, as `rate effects`. Nothing is written.
 *
 * @param options - without `reward_key`, the only one in the file
 * @throws an input error that names the file and the line of what is wrong, or the reward keys that the file has
 * @example
 * const effects = await estimateScored("scored.jsonl", { reward_key: "my-org/my-model", cluster_by: "prompt" });
 * console.log(effects.ATE_rewritten_rewrite, effects.warnings);
 */
export async function estimateScored(path: string, options: EffectsOptions = {}): Promise<EffectsFile> {
  return (await estimate(workOf(path, options.reward_key ?? null, options))).effects;
}

/**
 * Estimates several scored files, each under all its reward models or those named, and judges them together: intervals that
 * hold for all at once, contrasts of models on the same texts, attributes pooled over data sets.
 *
 * @param files - paths, or paths with the attribute that they are about
 * @example
 * const { study, results } = await estimateStudy([
 *   { path: "reviews.jsonl", concept: "length" },
 *   { path: "answers.jsonl", concept: "length" },
 * ]);
 * console.log(results.length, study.rows);
 */
export async function estimateStudy(
  files: readonly { readonly path: string; readonly concept?: string }[],
  options: Omit<EffectsOptions, "reward_key" | "concept"> & { readonly reward_keys?: readonly string[] } = {},
): ReturnType<typeof studyOf> {
  const { reward_keys: wanted, ...rest } = options;
  const works: EstimateWork[] = [];
  for (const { path, concept } of files)
    for (const key of await keysIn(path, {}))
      if (!wanted || wanted.includes(key))
        works.push(workOf(path, key, { ...rest, ...(concept !== undefined && { concept }) }));
  return studyOf(works, new Map());
}

function workOf(path: string, rewardKey: string | null, options: EffectsOptions): EstimateWork {
  return {
    scored: path,
    rewardKey,
    dataset: nameFromFile(path),
    concept: options.concept ?? null,
    score: null,
    inference: inferenceOf(options),
  };
}
