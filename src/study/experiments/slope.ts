import type { Estimator } from "../../domain/effect.js";
import type { RewardTable } from "../../domain/example.js";
import { infer } from "../../estimation/estimators/inference.js";
import { linearEffect } from "../../estimation/estimators/influence.js";
import { scoreError } from "../../estimation/numeric/score-error.js";

/** A data set at one size of the confounder. */
export interface LevelTable {
  readonly at: number;
  readonly table: RewardTable;
  /** The example of each row: the same number for the same example in all levels. */
  readonly examples: ArrayLike<number>;
}

export interface Slope {
  readonly estimator: Estimator;
  readonly value: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
}

/**
 * How an estimate of the ATE moves with the confounder: the least-squares slope over the levels, in units of `scale`.
 * The levels share examples, so their estimates are not independent: the standard error is that of the slope as one
 * estimate, from each example's part in it through all levels (influence functions). Null where a level has no
 * estimate, or there are fewer than two.
 */
export function slopeOf(levels: readonly LevelTable[], estimator: Estimator, scale: number): Slope | null {
  const estimates = levels.map(({ table }) => linearEffect(table, estimator, "ate"));
  if (levels.length < 2 || estimates.some((estimate) => estimate === null)) return null;
  const middle = levels.reduce((total, { at }) => total + at, 0) / levels.length;
  const spread = levels.reduce((total, { at }) => total + (at - middle) ** 2, 0);
  let value = 0;
  const parts = new Map<number, number>();
  for (const [index, { at, examples }] of levels.entries()) {
    const weight = (at - middle) / (spread * scale);
    const estimate = estimates[index]!;
    value += weight * estimate.value;
    for (let row = 0; row < estimate.scores.length; row += 1) {
      if (estimate.groups[row] === 0) continue;
      const example = examples[row]!;
      parts.set(example, (parts.get(example) ?? 0) + weight * estimate.scores[row]!);
    }
  }
  const scores = Float64Array.from(parts.values());
  const error = scoreError({ scores, groups: new Uint8Array(scores.length).fill(1) }, null);
  if (!error) return null;
  const { interval } = infer(value, { ...error, method: "paired" }, { method: "t", level: 0.95 });
  return { estimator, value, standardError: error.standardError, low: interval!.low, high: interval!.high };
}

/**
 * The least-squares slope of effect sizes over levels in turn, put at equal steps from 0 to 1: what the paper's
 * figures print. Null where a level has no effect size, or there are fewer than two.
 */
export function publishedSlope(effectSizes: readonly (number | null)[]): number | null {
  const n = effectSizes.length;
  if (n < 2 || effectSizes.some((size) => size === null)) return null;
  let [products, squares] = [0, 0];
  for (const [index, size] of effectSizes.entries()) {
    const x = index / (n - 1) - 0.5;
    products += x * size!;
    squares += x * x;
  }
  return products / squares;
}
