import type { Estimand, Estimator } from "../../domain/effect.js";
import { clusteredError, independentError, type MeanError } from "../numeric/mean-error.js";
import {
  type Arm,
  type ArmPair,
  BACK,
  type Moments,
  ONE,
  ORIGINAL,
  PAIR,
  SCALED,
  SINGLE,
  SQUARE,
  TERMS,
} from "./moments.js";

/**
 * An estimate from a table's moments, and by how much each of the fourteen terms moves it: to first order it deviates from the truth by the weighted sum of
 * the terms (the delta method), so that its variance is a quadratic form in their second moments or, with clusters, comes from the clusters' sums.
 */
export interface Estimate {
  readonly value: number;
  /** What the weighted sum of the terms is to be multiplied by. */
  readonly unit: number;
  /** Rows that it is made of. */
  readonly n: number;
  readonly weights: Float64Array;
  /** The means that it is made of: the arms whose rows each takes. */
  readonly means: readonly (readonly Arm[])[];
  /** The term that counts these rows: ONE or SCALED. */
  readonly counting: number;
}

/** An estimate in reward units; null when the table cannot give it. */
export function estimateOf(moments: Moments, estimator: Estimator, estimand: Estimand): Estimate | null {
  if (estimator === "naive") return naive(moments);
  const { n, withOriginal, pair, single } = moments;
  return estimator === "rate"
    ? meanOverArms(moments, { term: PAIR, means: pair, counts: n, counting: ONE, signed: true }, estimand)
    : meanOverArms(
        moments,
        { term: SINGLE, means: single, counts: withOriginal, counting: SCALED, signed: true },
        estimand,
      );
}

/** What the rewriter does by itself in one arm: mean(R_rr − R_o). Null when no row of it has a reward of the original. */
export function rewriteEffectOf(moments: Moments, arm: Arm): Estimate | null {
  const { back: means, withOriginal: counts } = moments;
  const column = { term: BACK, means, counts, counting: SCALED, signed: false };
  return meanOverArms(moments, column, arm === 1 ? "att" : "atu");
}

interface Averaged {
  readonly term: number;
  readonly means: ArmPair;
  readonly counts: ArmPair;
  readonly counting: number;
  /** Whether do(1) − do(0) is the term where w = 1, and the other way round where w = 0. */
  readonly signed: boolean;
}

/** Over both arms the mean weights each by its number of rows. */
function meanOverArms(
  { unit }: Moments,
  { term, means, counts, counting, signed }: Averaged,
  estimand: Estimand,
): Estimate | null {
  const arms = ([0, 1] as const).filter(
    (arm) => counts[arm] > 0 && (estimand === "ate" || arm === (estimand === "att" ? 1 : 0)),
  );
  if (arms.length === 0) return null;
  const n = arms.reduce((total: number, arm) => total + counts[arm], 0);
  const signOf = (arm: Arm) => (signed && arm === 0 ? -1 : 1);
  const effect = (arm: Arm) => signOf(arm) * means[arm];
  const [first, last] = [arms[0]!, arms.at(-1)!];
  const value = effect(first) + (counts[last] / n) * (effect(last) - effect(first));
  const weights = new Float64Array(2 * TERMS);
  for (const arm of arms) {
    weights[TERMS * arm + term] = signOf(arm) / n;
    weights[TERMS * arm + counting] = (effect(arm) - value) / n;
  }
  return { value: value * unit, unit, n, weights, means: [arms], counting };
}

/** Difference of the arms' mean rewards of the originals. */
function naive({ withOriginal, original, unit }: Moments): Estimate | null {
  const [n0, n1] = withOriginal;
  if (n0 === 0 || n1 === 0) return null;
  const weights = new Float64Array(2 * TERMS);
  weights[ORIGINAL] = -1 / n0;
  weights[TERMS + ORIGINAL] = 1 / n1;
  const value = (original[1] - original[0]) * unit;
  return { value, unit, n: n0 + n1, weights, means: [[0], [1]], counting: SCALED };
}

/** The pooled standard deviation of the rewards (of the originals, or of the rewrites where there are none). Null without spread. */
export function scaleOf({ square, scaled, degrees, unit }: Moments): Estimate | null {
  const total = square[0] * scaled[0] + square[1] * scaled[1];
  if (degrees === 0 || !(total > 0)) return null;
  const value = Math.sqrt(total / degrees);
  const n = scaled[0] + scaled[1];
  const weights = new Float64Array(2 * TERMS);
  const arms = ([0, 1] as const).filter((arm) => scaled[arm] > 0);
  // d sd = d variance / (2 sd); a row's part in the variance is its squares less the average.
  for (const arm of arms) {
    weights[TERMS * arm + SQUARE] = 1 / (degrees * 2 * value);
    weights[TERMS * arm + SCALED] = (square[arm] - total / n) / (degrees * 2 * value);
  }
  return { value: value * unit, unit, n, weights, means: [arms], counting: SCALED };
}

/** Effect / scale: d(e/s) = de/s − e·ds/s². */
export function sizeOf(effect: Estimate, scale: Estimate): Estimate {
  const value = effect.value / scale.value;
  // Both in the table's unit, which goes out.
  const inUnit = scale.value / scale.unit;
  const weights = effect.weights.map((weight, term) => (weight - value * scale.weights[term]!) / inUnit);
  return { ...effect, value, unit: 1, weights };
}

/** Standard error and degrees of freedom; cluster-robust (CR2) with clusters. Null where one of its means has fewer than two rows or clusters. */
export function errorOf(moments: Moments, estimate: Estimate): MeanError | null {
  const error = moments.clusterSums
    ? fromClusters(moments.clusterSums, estimate)
    : fromProducts(moments, estimate);
  return error && { ...error, standardError: error.standardError * estimate.unit };
}

function fromProducts(
  { products, n, scaled }: Moments,
  { weights, means, counting }: Estimate,
): MeanError | null {
  const squares = [0, 1].map((arm) => {
    let total = 0;
    for (let one = 0; one < TERMS; one += 1)
      for (let other = 0; other < TERMS; other += 1)
        total +=
          weights[TERMS * arm + one]! *
          products[TERMS * (TERMS * arm + one) + other]! *
          weights[TERMS * arm + other]!;
    return Math.max(0, total);
  });
  const counts = counting === ONE ? n : scaled;
  const outside = ([0, 1] as const).filter((arm) => !means.flat().includes(arm));
  return independentError(
    means.map((arms) => ({
      n: arms.reduce((total: number, arm) => total + counts[arm], 0),
      squares: arms.reduce((total: number, arm) => total + squares[arm]!, 0),
    })),
    outside.reduce((total: number, arm) => total + squares[arm]!, 0),
  );
}

function fromClusters(sums: Float64Array, { weights, means, counting }: Estimate): MeanError | null {
  const clusters = sums.length / (2 * TERMS);
  const scores = [0, 1].map((arm) =>
    Float64Array.from({ length: clusters }, (_, cluster) => {
      let total = 0;
      for (let term = 0; term < TERMS; term += 1)
        total += weights[TERMS * arm + term]! * sums[TERMS * (2 * cluster + arm) + term]!;
      return total;
    }),
  );
  const together = (arms: readonly Arm[]) =>
    Float64Array.from({ length: clusters }, (_, cluster) =>
      arms.reduce((total: number, arm) => total + scores[arm]![cluster]!, 0),
    );
  const outside = ([0, 1] as const).filter((arm) => !means.flat().includes(arm));
  return clusteredError(
    means.map((arms) => ({
      sizes: Float64Array.from({ length: clusters }, (_, cluster) =>
        arms.reduce((total: number, arm) => total + sums[TERMS * (2 * cluster + arm) + counting]!, 0),
      ),
      sums: together(arms),
    })),
    outside.length === 0 ? null : together(outside),
  );
}
