import type { Estimand, Estimator } from "../../domain/effect.js";
import type { RewardTable } from "../../domain/example.js";
import { clusteredError } from "../numeric/cluster.js";
import { mean } from "../numeric/moments.js";
import { sum, sumOfSquaresAround } from "../numeric/sum.js";
import { armValues } from "./contrasts.js";

/**
 * An estimate together with what each row of the table adds to its deviation from the truth: the empirical influence function divided by n. The
 * scores sum to 0; rows that have no part in the estimate have 0. Sums and smooth functions of estimates have the like sums of scores, which is
 * the delta method.
 */
export interface InfluenceEstimate {
  readonly value: number;
  readonly scores: Float64Array;
  /** By row: 1 where the row has a part, even if that is 0. */
  readonly taken: Uint8Array;
  /** Rows that have a part in the effect itself. */
  readonly n: number;
}

const WANTED = { ate: null, att: 1, atu: 0 } as const;

/** An estimate in reward units. Null when the table cannot give it. */
export function linearEffect(
  table: RewardTable,
  estimator: Estimator,
  estimand: Estimand,
): InfluenceEstimate | null {
  return estimator === "naive" ? naive(table) : paired(table, estimator, estimand);
}

function paired(
  table: RewardTable,
  estimator: "single_rewrite" | "rate",
  estimand: Estimand,
): InfluenceEstimate | null {
  const { treated, rewrite } = table;
  const asItWas = estimator === "rate" ? table.rewriteOfRewrite : table.original;
  const wanted = WANTED[estimand];
  const scores = new Float64Array(treated.length);
  const taken = new Uint8Array(treated.length);
  let n = 0;
  // Without branches on the arm, which would be mispredicted half the time.
  for (let row = 0; row < treated.length; row += 1) {
    const w = treated[row]!;
    const difference = (2 * w - 1) * (asItWas[row]! - rewrite[row]!);
    if (Number.isNaN(difference)) continue;
    const part = wanted === null ? 1 : wanted === 1 ? w : 1 - w;
    scores[row] = part * difference;
    taken[row] = part;
    n += part;
  }
  if (n === 0) return null;
  const value = mean(scores, n);
  for (let row = 0; row < scores.length; row += 1) scores[row] = (scores[row]! - taken[row]! * value) / n;
  return { value, scores, taken, n };
}

function naive(table: RewardTable): InfluenceEstimate | null {
  const arms = ([1, 0] as const).map((arm) => armValues(table, table.original, arm));
  if (arms.some(({ rows }) => rows.length === 0)) return null;
  const scores = new Float64Array(table.treated.length);
  const taken = new Uint8Array(scores.length);
  const [one, zero] = arms.map(({ values, rows }, index) => {
    const middle = mean(values);
    const sign = index === 0 ? 1 : -1;
    for (let k = 0; k < rows.length; k += 1) {
      scores[rows[k]!] = (sign * (values[k]! - middle)) / rows.length;
      taken[rows[k]!] = 1;
    }
    return { middle, n: rows.length };
  }) as [{ middle: number; n: number }, { middle: number; n: number }];
  return { value: one.middle - zero.middle, scores, taken, n: one.n + zero.n };
}

/** The pooled standard deviation of the rewards (of the originals, or of the rewrites where there are none). Null without spread. */
export function linearScale(table: RewardTable): InfluenceEstimate | null {
  const columns = table.original.every(Number.isNaN)
    ? [table.rewrite, table.rewriteOfRewrite]
    : [table.original];
  const groups = columns
    .flatMap((column) => ([1, 0] as const).map((arm) => armValues(table, column, arm)))
    .filter(({ rows }) => rows.length > 0);
  const degrees = groups.reduce((total, { rows }) => total + rows.length - 1, 0);
  if (degrees === 0) return null;
  const squares = new Float64Array(table.treated.length);
  const taken = new Uint8Array(table.treated.length);
  for (const { values, rows } of groups) {
    const center = mean(values);
    for (let k = 0; k < rows.length; k += 1) {
      squares[rows[k]!] = squares[rows[k]!]! + (values[k]! - center) ** 2;
      taken[rows[k]!] = 1;
    }
  }
  const variance = sum(squares) / degrees;
  if (!(variance > 0)) return null;
  const value = Math.sqrt(variance);
  const n = taken.reduce((total, one) => total + one, 0);
  const average = sum(squares) / n;
  // d sd = d variance / (2 sd); a row's part in the variance is its squares less the average.
  const scores = new Float64Array(squares.length);
  for (let row = 0; row < scores.length; row += 1) {
    if (taken[row] === 1) scores[row] = (squares[row]! - average) / (degrees * 2 * value);
  }
  return { value, scores, taken, n };
}

/** Effect / scale with its scores: d(e/s) = de/s − e·ds/s². */
export function ratio(effect: InfluenceEstimate, scale: InfluenceEstimate): InfluenceEstimate {
  const value = effect.value / scale.value;
  const scores = new Float64Array(effect.scores.length);
  for (let row = 0; row < scores.length; row += 1)
    scores[row] = (effect.scores[row]! - value * scale.scores[row]!) / scale.value;
  return { value, scores, taken: either(effect.taken, scale.taken), n: effect.n };
}

/** a − b for estimates over the same rows. */
export function difference(a: InfluenceEstimate, b: InfluenceEstimate): InfluenceEstimate {
  return {
    value: a.value - b.value,
    scores: a.scores.map((score, row) => score - b.scores[row]!),
    taken: either(a.taken, b.taken),
    n: Math.max(a.n, b.n),
  };
}

function either(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length);
  for (let row = 0; row < a.length; row += 1) both[row] = a[row]! | b[row]!;
  return both;
}

/** Standard error and degrees of freedom; cluster-robust (CR1) with clusters. Null with fewer than two rows or clusters. */
export function linearError(
  { scores, taken, n }: Pick<InfluenceEstimate, "scores" | "taken" | "n">,
  clusters: Int32Array | null,
): { standardError: number; degrees: number } | null {
  if (!clusters) {
    if (n < 2) return null;
    return { standardError: Math.sqrt((n / (n - 1)) * sumOfSquaresAround(scores, 0)), degrees: n - 1 };
  }
  const kept: number[] = [];
  for (let row = 0; row < taken.length; row += 1) if (taken[row] === 1) kept.push(row);
  const clusterOf = Int32Array.from(kept, (row) => clusters[row]!);
  if (new Set(clusterOf).size < 2) return null;
  const error = clusteredError(
    Float64Array.from(kept, (row) => scores[row]!),
    clusterOf,
  );
  return { standardError: error.standardError, degrees: error.clusters - 1 };
}
