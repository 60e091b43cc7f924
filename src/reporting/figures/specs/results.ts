import {
  EFFECT_VERDICTS,
  type EffectVerdict,
  type Estimand,
  type Estimator,
} from "../../../domain/effect.js";
import { escapeControls } from "../../../domain/escape-controls.js";
import type { EffectsFile, EstimateRow } from "../../../estimation/files/effects-file.js";
import { VERDICT_SIGNS, verdictSign } from "../../html/verdicts.js";

/** What figures read of an effects file. */
export type PlottedResult = Pick<
  EffectsFile,
  "concept" | "dataset_name" | "dataset_filename" | "reward_key" | "ci_level"
> & {
  readonly estimates: readonly PlottedEstimate[];
};

export type PlottedEstimate = Pick<
  EstimateRow,
  "estimator" | "estimand" | "effect_size" | "effect_size_ci_low" | "effect_size_ci_high"
> &
  Partial<Pick<EstimateRow, "verdict">>;

/** An effect size with its interval. */
export interface Size {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Null where the file has no interval, or the data are unusable for one. */
export function sizeOf(result: PlottedResult, estimator: Estimator, estimand: Estimand): Size | null {
  const row = result.estimates.find((entry) => entry.estimator === estimator && entry.estimand === estimand);
  if (
    !row ||
    row.verdict === "unusable" ||
    row.effect_size === null ||
    row.effect_size_ci_low === null ||
    row.effect_size_ci_high === null
  )
    return null;
  return { value: row.effect_size, low: row.effect_size_ci_low, high: row.effect_size_ci_high };
}

/** What RATE's effect over all examples is; null in files that do not say. */
function verdictIn({ estimates }: PlottedResult): EffectVerdict | null {
  return (
    estimates.find(({ estimator, estimand }) => estimator === "rate" && estimand === "ate")?.verdict ?? null
  );
}

/** The mark of a result's verdict behind its name. */
export function marked(name: string, result: PlottedResult): string {
  const verdict = verdictIn(result);
  return verdict ? `${name} ${VERDICT_SIGNS[verdict].mark}` : name;
}

/** What the marks in a figure mean, those that are in it. */
function marksText(results: readonly PlottedResult[]): string {
  const found = new Set(results.map(verdictIn));
  return EFFECT_VERDICTS.filter((verdict) => found.has(verdict))
    .map((verdict) => `; ${verdictSign(verdict)}`)
    .join("");
}

export function datasetOf({ dataset_name, dataset_filename }: PlottedResult): string {
  return dataset_name ?? dataset_filename;
}

/** How each result's attribute is called: its concept, with the data set where others of the same concept and reward model stand beside it. */
export function conceptNames(results: readonly PlottedResult[]): string[] {
  return results.map((result) => {
    if (result.concept === null) return escapeControls(datasetOf(result));
    const twins = results.filter(
      (other) => other.concept === result.concept && datasetOf(other) !== datasetOf(result),
    );
    return escapeControls(twins.length === 0 ? result.concept : `${result.concept} (${datasetOf(result)})`);
  });
}

/** The axis of effect sizes, with the level of the intervals. */
export function sizeAxis(results: readonly PlottedResult[]): string {
  const level = results[0]?.ci_level ?? 0.95;
  return `effect size, in sd of the reward (${Number((100 * level).toPrecision(6))}\u00a0%\u00a0CI)${marksText(results)}`;
}
