import type { Estimand, Estimator } from "../domain/effect.js";
import type { RewardTable } from "../domain/example.js";
import { mean } from "../stats/moments.js";
import { dot, sum } from "../stats/sum.js";

/*
 * All estimates of one table from first and second moments by arm, which are summed once whatever is asked for. A row adds six terms to its arm:
 *
 *   ONE       1
 *   SCALED    1 where it has a part in the scale: a reward of the original, or any rewards where no original has one
 *   PAIR      rr − r, less its mean in the arm
 *   SINGLE    o − r, less its mean in the arm
 *   ORIGINAL  o, less its mean in the arm
 *   SQUARE    its squared deviation (of the original, or of both rewrites), less the mean of these in the arm
 *
 * To first order, an estimate deviates from the truth by a weighted sum of the terms, so that its variance is a quadratic form in their second moments
 * (the delta method) or, with clusters, in the clusters' sums (CR1). `influence.ts` has the same row by row, for what is compared between tables.
 */
const [ONE, SCALED, PAIR, SINGLE, ORIGINAL, SQUARE] = [0, 1, 2, 3, 4, 5];
const TERMS = 6;

type Arm = 0 | 1;
/** One number for each arm, w = 0 first. */
type ByArm = readonly [number, number];

export interface Moments {
  /** Rows, and rows with a reward of the original. */
  readonly n: ByArm;
  readonly withOriginal: ByArm;
  /** Means of rr − r, o − r, o, and rr − o. */
  readonly pair: ByArm;
  readonly single: ByArm;
  readonly original: ByArm;
  readonly back: ByArm;
  /** Sums of squared deviations of the originals' rewards and of rr − o from their means. */
  readonly originalSquares: ByArm;
  readonly backSquares: ByArm;
  /** Sums of the squared deviations that the scale is made of, the rows that they are from, and all degrees of freedom. */
  readonly squares: ByArm;
  readonly scaled: ByArm;
  readonly degrees: number;
  /** Second moments of the terms of each arm, those of w = 0 first; null with clusters. */
  readonly products: Float64Array | null;
  /** The twelve terms' sums of each cluster; null without clusters. */
  readonly clusterSums: Float64Array | null;
}

/** An estimate, and by how much each of the twelve terms moves it. */
export interface Estimate {
  readonly value: number;
  /** Rows that it is made of. */
  readonly n: number;
  readonly weights: Float64Array;
  /** The terms that count the rows with a part in it: ONE or SCALED of an arm. */
  readonly counting: readonly number[];
}

/** The moments of a table. Rewards must be finite, those of originals finite or NaN. */
export function momentsOf(table: RewardTable): Moments {
  const anyOriginal = table.original.some((value) => !Number.isNaN(value));
  const sorted = sortedByArm(table);
  const arms = [armOf(sorted, 0, anyOriginal), armOf(sorted, 1, anyOriginal)] as const;
  const byArm = (value: (arm: ArmTerms) => number): ByArm => [value(arms[0]), value(arms[1])];
  return {
    n: byArm(({ rows }) => rows.length),
    withOriginal: byArm(({ single }) => single.values.length),
    pair: byArm(({ pair }) => pair.mean),
    single: byArm(({ single }) => single.mean),
    original: byArm(({ original }) => original.mean),
    back: byArm(({ back }) => back.mean),
    originalSquares: byArm(({ original }) => original.squares),
    backSquares: byArm(({ back }) => back.squares),
    squares: byArm(({ square }) => square.mean * square.values.length),
    scaled: byArm(({ square }) => square.values.length),
    degrees: arms.reduce(
      (all, { square }) => all + (anyOriginal ? 1 : 2) * Math.max(0, square.values.length - 1),
      0,
    ),
    products: table.clusters ? null : productsOf(arms),
    clusterSums: table.clusters && clusterSumsOf(arms, table.clusters),
  };
}

/** Values less their mean, and the sum of their squares. */
interface Centered {
  readonly values: Float64Array;
  readonly mean: number;
  readonly squares: number;
}

/** The terms of one arm's rows. */
interface ArmTerms {
  /** Rows of the arm, and those with a part in the scale. */
  readonly rows: Int32Array;
  readonly scaledRows: Int32Array;
  readonly pair: Centered;
  /** PAIR in the rows with a part in the scale. */
  readonly scaledPair: Float64Array;
  readonly single: Centered;
  readonly original: Centered;
  readonly back: Centered;
  readonly square: Centered;
}

/** The rows of w = 0 in their order, then those of w = 1, and what is made of their rewards. */
interface Sorted {
  readonly table: RewardTable;
  /** How many have w = 0. */
  readonly untreated: number;
  readonly rows: Int32Array;
  readonly pair: Float64Array;
  readonly single: Float64Array;
  readonly original: Float64Array;
  readonly back: Float64Array;
}

/** In one pass, without branches on the arm, which would be mispredicted half the time. */
function sortedByArm(table: RewardTable): Sorted {
  const { treated, original: o, rewrite: r, rewriteOfRewrite: rr } = table;
  const n = treated.length;
  let untreated = n;
  for (let row = 0; row < n; row += 1) untreated -= treated[row]!;
  const next = Int32Array.of(0, untreated);
  const rows = new Int32Array(n);
  const [pair, single] = [new Float64Array(n), new Float64Array(n)];
  const [original, back] = [new Float64Array(n), new Float64Array(n)];
  for (let row = 0; row < n; row += 1) {
    const w = treated[row]!;
    const at = next[w]!;
    next[w] = at + 1;
    rows[at] = row;
    pair[at] = rr[row]! - r[row]!;
    single[at] = o[row]! - r[row]!;
    original[at] = o[row]!;
    back[at] = rr[row]! - o[row]!;
  }
  return { table, untreated, rows, pair, single, original, back };
}

function armOf(sorted: Sorted, arm: Arm, anyOriginal: boolean): ArmTerms {
  const cut = <Column extends Float64Array | Int32Array>(column: Column) =>
    (arm === 0 ? column.subarray(0, sorted.untreated) : column.subarray(sorted.untreated)) as Column;
  const rows = cut(sorted.rows);
  const rewards = cut(sorted.original);
  const pair = centered(cut(sorted.pair));
  const isOwn =
    rewards.includes(Number.NaN) && Uint8Array.from(rewards, (reward) => Number(!Number.isNaN(reward)));
  /** What belongs to the rows with a reward of the original. */
  const own = <Column extends Float64Array | Int32Array>(column: Column) =>
    (isOwn ? column.filter((_: number, index: number) => isOwn[index] === 1) : column) as Column;
  const scaled = anyOriginal ? own : <Column>(column: Column) => column;
  const scaledRows = scaled(rows);
  const original = centered(own(rewards));
  const { rewrite, rewriteOfRewrite } = sorted.table;
  const spreads = anyOriginal
    ? [original]
    : [rewrite, rewriteOfRewrite].map((column) => centered(Float64Array.from(rows, (row) => column[row]!)));
  const squares = new Float64Array(scaledRows.length);
  for (const { values } of spreads) addSquares(values, squares);
  return {
    rows,
    scaledRows,
    pair,
    scaledPair: scaled(pair.values),
    single: centered(own(cut(sorted.single))),
    original,
    back: centered(own(cut(sorted.back))),
    square: centered(squares),
  };
}

/** Values less their mean, in place. */
function centered(values: Float64Array): Centered {
  if (values.length === 0) return { values, mean: 0, squares: 0 };
  const middle = mean(values);
  subtract(values, middle);
  return { values, mean: middle, squares: dot(values, values) };
}

function subtract(from: Float64Array, value: number): void {
  for (let index = 0; index < from.length; index += 1) from[index] = from[index]! - value;
}

function addSquares(values: Float64Array, to: Float64Array): void {
  for (let index = 0; index < values.length; index += 1) to[index] = to[index]! + values[index]! ** 2;
}

/** Both arms' matrices of second moments. What no estimate needs together, and what is 0 because the terms are centered, is left 0. */
function productsOf(arms: readonly [ArmTerms, ArmTerms]): Float64Array {
  const both = new Float64Array(2 * TERMS * TERMS);
  arms.forEach(({ rows, pair, scaledPair, single, original, square }, arm) => {
    const put = (one: number, other: number, value: number) => {
      both[TERMS * (TERMS * arm + one) + other] = value;
      both[TERMS * (TERMS * arm + other) + one] = value;
    };
    put(ONE, ONE, rows.length);
    put(ONE, SCALED, square.values.length);
    put(SCALED, SCALED, square.values.length);
    put(PAIR, PAIR, pair.squares);
    put(PAIR, SQUARE, dot(scaledPair, square.values));
    if (scaledPair !== pair.values) put(PAIR, SCALED, sum(scaledPair));
    if (single.values.length > 0) {
      put(SINGLE, SINGLE, single.squares);
      put(SINGLE, SQUARE, dot(single.values, square.values));
      put(ORIGINAL, ORIGINAL, original.squares);
      put(ORIGINAL, SQUARE, dot(original.values, square.values));
    }
    put(SQUARE, SQUARE, square.squares);
  });
  return both;
}

/** The terms' sums in each cluster, twelve a cluster. */
function clusterSumsOf(arms: readonly [ArmTerms, ArmTerms], clusters: Int32Array): Float64Array {
  const count = clusters.reduce((largest, cluster) => Math.max(largest, cluster), -1) + 1;
  const sums = new Float64Array(2 * TERMS * count);
  arms.forEach(({ rows, scaledRows, pair, single, original, square }, arm) => {
    const add = (term: number, of: Int32Array, value: (index: number) => number) => {
      for (let index = 0; index < of.length; index += 1) {
        const place = TERMS * (2 * clusters[of[index]!]! + arm) + term;
        sums[place] = sums[place]! + value(index);
      }
    };
    add(ONE, rows, () => 1);
    add(SCALED, scaledRows, () => 1);
    add(PAIR, rows, (index) => pair.values[index]!);
    add(SQUARE, scaledRows, (index) => square.values[index]!);
    if (single.values.length === 0) return;
    add(SINGLE, scaledRows, (index) => single.values[index]!);
    add(ORIGINAL, scaledRows, (index) => original.values[index]!);
  });
  return sums;
}

/** An estimate in reward units; null when the table cannot give it. */
export function estimateOf(moments: Moments, estimator: Estimator, estimand: Estimand): Estimate | null {
  if (estimator === "naive") return naive(moments);
  const isRate = estimator === "rate";
  const [means, counts] = isRate ? [moments.pair, moments.n] : [moments.single, moments.withOriginal];
  const [term, counting] = isRate ? [PAIR, ONE] : [SINGLE, SCALED];
  const arms = ([0, 1] as const).filter(
    (arm) => counts[arm] > 0 && (estimand === "ate" || arm === (estimand === "att" ? 1 : 0)),
  );
  if (arms.length === 0) return null;
  const n = arms.reduce((total: number, arm) => total + counts[arm], 0);
  // do(1) − do(0) is rr − r where w = 1, and the other way round where w = 0.
  const effect = (arm: Arm) => (arm === 1 ? means[1] : -means[0]);
  const first = arms[0]!;
  const last = arms.at(-1)!;
  const value = effect(first) + (counts[last] / n) * (effect(last) - effect(first));
  const weights = new Float64Array(2 * TERMS);
  for (const arm of arms) {
    weights[TERMS * arm + term] = (arm === 1 ? 1 : -1) / n;
    weights[TERMS * arm + counting] = (effect(arm) - value) / n;
  }
  return { value, n, weights, counting: arms.map((arm) => TERMS * arm + counting) };
}

const EITHER_SCALED = [SCALED, TERMS + SCALED];

function naive({ withOriginal, original }: Moments): Estimate | null {
  const [n0, n1] = withOriginal;
  if (n0 === 0 || n1 === 0) return null;
  const weights = new Float64Array(2 * TERMS);
  weights[ORIGINAL] = -1 / n0;
  weights[TERMS + ORIGINAL] = 1 / n1;
  return { value: original[1] - original[0], n: n0 + n1, weights, counting: EITHER_SCALED };
}

/** The pooled standard deviation of the rewards (of the originals, or of the rewrites where there are none). Null without spread. */
export function scaleOf({ squares, scaled, degrees }: Moments): Estimate | null {
  const total = squares[0] + squares[1];
  if (degrees === 0 || !(total > 0)) return null;
  const value = Math.sqrt(total / degrees);
  const n = scaled[0] + scaled[1];
  const weights = new Float64Array(2 * TERMS);
  // d sd = d variance / (2 sd); a row's part in the variance is its squares less the average.
  for (const arm of [0, 1] as const) {
    if (scaled[arm] === 0) continue;
    weights[TERMS * arm + SQUARE] = 1 / (degrees * 2 * value);
    weights[TERMS * arm + SCALED] = (squares[arm] / scaled[arm] - total / n) / (degrees * 2 * value);
  }
  return { value, n, weights, counting: EITHER_SCALED };
}

/** Effect / scale: d(e/s) = de/s − e·ds/s². */
export function sizeOf(effect: Estimate, scale: Estimate): Estimate {
  const value = effect.value / scale.value;
  const weights = effect.weights.map((weight, term) => (weight - value * scale.weights[term]!) / scale.value);
  return { value, n: effect.n, weights, counting: [...effect.counting, ...scale.counting] };
}

/** Standard error and degrees of freedom; cluster-robust (CR1) with clusters. Null with fewer than two rows or clusters. */
export function errorOf(
  { products, clusterSums }: Moments,
  { weights, n, counting }: Estimate,
): { standardError: number; degrees: number } | null {
  if (clusterSums) return clusteredError(clusterSums, weights, counting);
  if (n < 2 || !products) return null;
  let variance = 0;
  for (let place = 0; place < products.length; place += 1) {
    const arm = place < TERMS * TERMS ? 0 : TERMS;
    const one = Math.floor(place / TERMS) % TERMS;
    const other = place % TERMS;
    variance += weights[arm + one]! * products[place]! * weights[arm + other]!;
  }
  return { standardError: Math.sqrt((n / (n - 1)) * Math.max(0, variance)), degrees: n - 1 };
}

/** Of the clusters that have a part in the estimate: √(G/(G − 1) Σ (sum of the cluster's deviations)²). */
function clusteredError(sums: Float64Array, weights: Float64Array, counting: readonly number[]) {
  const squares: number[] = [];
  for (let at = 0; at < sums.length; at += 2 * TERMS) {
    if (!counting.some((term) => sums[at + term]! > 0)) continue;
    let total = 0;
    for (let term = 0; term < 2 * TERMS; term += 1) total += weights[term]! * sums[at + term]!;
    squares.push(total * total);
  }
  const clusters = squares.length;
  if (clusters < 2) return null;
  const standardError = Math.sqrt((clusters / (clusters - 1)) * sum(Float64Array.from(squares)));
  return { standardError, degrees: clusters - 1 };
}
