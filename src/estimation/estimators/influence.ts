import type { Estimand, Estimator } from "../../domain/effect.js";
import type { RewardTable } from "../../domain/example.js";
import type { MeanError } from "../numeric/mean-error.js";
import { type Scores, scoreError } from "../numeric/score-error.js";
import { type Estimate, errorOf, estimateOf, scaleOf, sizeOf } from "./estimate.js";
import { type Moments, momentsOf, TERMS } from "./moments.js";

/**
 * An estimate together with what each row of the table adds to its deviation from the truth: the empirical influence function divided by n. The
 * scores add up to 0, and sums and differences of estimates have the like sums of scores: for what is compared between tables.
 */
export interface InfluenceEstimate extends Scores {
  readonly value: number;
  /** Rows that have a part in the effect itself. */
  readonly n: number;
  /** Its standard error in its own table; null without one. */
  readonly error: MeanError | null;
}

/** An estimate in reward units. Null when the table cannot give it. */
export function linearEffect(
  table: RewardTable,
  estimator: Estimator,
  estimand: Estimand,
): InfluenceEstimate | null {
  const moments = momentsOf(table);
  const estimate = estimateOf(moments, estimator, estimand);
  return estimate && withScores(table, moments, estimate, errorOf(moments, estimate));
}

/** The estimate in standard deviations of the reward. Null when the table cannot give it, or the rewards have no spread. */
export function linearSize(
  table: RewardTable,
  estimator: Estimator,
  estimand: Estimand,
): InfluenceEstimate | null {
  const moments = momentsOf(table);
  const [effect, scale] = [estimateOf(moments, estimator, estimand), scaleOf(moments)];
  if (!effect || !scale) return null;
  const size = sizeOf(effect, scale);
  return withScores(table, moments, size, sizeError(moments, effect, size));
}

/** The error of an effect size has the degrees of freedom of the effect. */
function sizeError(moments: Moments, effect: Estimate, size: Estimate): MeanError | null {
  const [own, error] = [errorOf(moments, effect), errorOf(moments, size)];
  return own && error && { standardError: error.standardError, degrees: own.degrees };
}

/** The pooled standard deviation of the rewards, see `scaleOf`; null without spread. */
export function rewardSpread(table: RewardTable): number | null {
  return scaleOf(momentsOf(table))?.value ?? null;
}

function withScores(
  { treated }: RewardTable,
  { termsOf }: Moments,
  { value, unit, n, weights, means, counting }: Estimate,
  error: MeanError | null,
): InfluenceEstimate {
  const scores = new Float64Array(treated.length);
  const groups = new Uint8Array(treated.length);
  const groupOf = [0, 1].map((arm) => means.findIndex((arms) => arms.includes(arm as 0 | 1)) + 1);
  const terms = new Float64Array(TERMS);
  for (let row = 0; row < treated.length; row += 1) {
    const arm = treated[row] === 1 ? 1 : 0;
    termsOf(row, terms);
    let score = 0;
    for (let term = 0; term < TERMS; term += 1) score += weights[TERMS * arm + term]! * terms[term]!;
    scores[row] = score * unit;
    if (terms[counting] === 1) groups[row] = groupOf[arm]!;
  }
  return { value, n, scores, groups, error };
}

/** R(do W = 1) − R(do W = 0) of each row; NaN where the row has no reward that this takes. */
export function pairedDifferences(
  { treated, original, rewrite, rewriteOfRewrite }: RewardTable,
  estimator: "single_rewrite" | "rate",
): Float64Array {
  const asItWas = estimator === "rate" ? rewriteOfRewrite : original;
  const differences = new Float64Array(treated.length);
  // Without a branch on the arm, which would be mispredicted half the time.
  for (let row = 0; row < treated.length; row += 1)
    differences[row] = (2 * treated[row]! - 1) * (asItWas[row]! - rewrite[row]!);
  return differences;
}

/** a − b for estimates over the same rows. */
export function difference(
  a: InfluenceEstimate,
  b: InfluenceEstimate,
  clusters: Int32Array | null,
): InfluenceEstimate {
  const scores = a.scores.map((score, row) => score - b.scores[row]!);
  const groups = a.groups.map((group, row) => group || b.groups[row]!);
  return {
    value: a.value - b.value,
    scores,
    groups,
    n: Math.max(a.n, b.n),
    error: scoreError({ scores, groups }, clusters),
  };
}
