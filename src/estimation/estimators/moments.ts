import type { Estimand, Estimator } from "../../domain/effect.js";
import type { RewardTable } from "../../domain/example.js";
import { differencesByArm, squaresAround } from "../numeric/columns.js";
import { mean } from "../numeric/moments.js";
import { sum, sumOfProductsAround, sumOfSquaresAround } from "../numeric/sum.js";

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
  const arms = armsOf(table, anyOriginal);
  const byArm = (value: (arm: ArmTerms) => number): ByArm => [value(arms[0]), value(arms[1])];
  return {
    n: byArm(({ pair }) => pair.values.length),
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
    clusterSums: table.clusters && clusterSumsOf(arms, table, table.clusters, anyOriginal),
  };
}

/** Values, their mean, and the sum of the squared deviations from it. */
interface Column {
  readonly values: Float64Array;
  readonly mean: number;
  readonly squares: number;
}

/** The terms of one arm's rows, in their order. */
interface ArmTerms {
  readonly arm: Arm;
  readonly pair: Column;
  /** The values of `pair` in the rows with a part in the scale. */
  readonly scaledPair: Float64Array;
  /** In the rows with a reward of the original. */
  readonly single: Column;
  readonly original: Column;
  readonly back: Column;
  /** In the rows with a part in the scale. */
  readonly square: Column;
}

function armsOf(table: RewardTable, anyOriginal: boolean): readonly [ArmTerms, ArmTerms] {
  const { treated, original: o, rewrite: r, rewriteOfRewrite: rr } = table;
  const pair = differencesByArm(treated, rr, r);
  const single = differencesByArm(treated, o, r);
  const original = differencesByArm(treated, o);
  const back = differencesByArm(treated, rr, o);
  const spreads = anyOriginal ? [] : [differencesByArm(treated, r), differencesByArm(treated, rr)];
  const armOf = (arm: Arm): ArmTerms => {
    const own = ofThose(original[arm]);
    const scaled = anyOriginal ? own : (values: Float64Array) => values;
    const originals = columnOf(own(original[arm]));
    return {
      arm,
      pair: columnOf(pair[arm]),
      scaledPair: scaled(pair[arm]),
      single: columnOf(own(single[arm])),
      original: originals,
      back: columnOf(own(back[arm])),
      square: columnOf(
        squaresOf(anyOriginal ? [originals] : spreads.map((columns) => columnOf(columns[arm]))),
      ),
    };
  };
  return [armOf(0), armOf(1)];
}

/** Picks those rows of an arm's column that have a reward of the original. */
function ofThose(rewards: Float64Array): (values: Float64Array) => Float64Array {
  if (!rewards.includes(Number.NaN)) return (values) => values;
  return (values) => values.filter((_, index) => !Number.isNaN(rewards[index]!));
}

function columnOf(values: Float64Array): Column {
  if (values.length === 0) return { values, mean: 0, squares: 0 };
  const middle = mean(values);
  return { values, mean: middle, squares: sumOfSquaresAround(values, middle) };
}

/** The squared deviations of columns of the same length, added up by row. */
function squaresOf(columns: readonly Column[]): Float64Array {
  const [first, ...others] = columns.map(({ values, mean }) => squaresAround(values, mean));
  for (const squares of others) {
    for (let index = 0; index < squares.length; index += 1) first![index] = first![index]! + squares[index]!;
  }
  return first!;
}

/** Both arms' matrices of second moments. What no estimate needs together, and what is 0 because the terms are centered, is left 0. */
function productsOf(arms: readonly [ArmTerms, ArmTerms]): Float64Array {
  const both = new Float64Array(2 * TERMS * TERMS);
  const together = (one: Column, other: Column) =>
    sumOfProductsAround(one.values, one.mean, other.values, other.mean);
  arms.forEach(({ arm, pair, scaledPair, single, original, square }) => {
    const put = (one: number, other: number, value: number) => {
      both[TERMS * (TERMS * arm + one) + other] = value;
      both[TERMS * (TERMS * arm + other) + one] = value;
    };
    put(ONE, ONE, pair.values.length);
    put(ONE, SCALED, square.values.length);
    put(SCALED, SCALED, square.values.length);
    put(PAIR, PAIR, pair.squares);
    put(PAIR, SQUARE, together({ ...pair, values: scaledPair }, square));
    if (scaledPair !== pair.values) put(PAIR, SCALED, sum(scaledPair, pair.mean));
    if (single.values.length > 0) {
      put(SINGLE, SINGLE, single.squares);
      put(SINGLE, SQUARE, together(single, square));
      put(ORIGINAL, ORIGINAL, original.squares);
      put(ORIGINAL, SQUARE, together(original, square));
    }
    put(SQUARE, SQUARE, square.squares);
  });
  return both;
}

/** The terms' sums in each cluster, twelve a cluster. */
function clusterSumsOf(
  arms: readonly [ArmTerms, ArmTerms],
  { treated, original: rewards }: RewardTable,
  clusters: Int32Array,
  anyOriginal: boolean,
): Float64Array {
  const count = clusters.reduce((largest, cluster) => Math.max(largest, cluster), -1) + 1;
  const sums = new Float64Array(2 * TERMS * count);
  for (const { arm, pair, single, original, square } of arms) {
    const ofArm = clusters.filter((_, row) => treated[row] === arm);
    const scaled = anyOriginal
      ? clusters.filter((_, row) => treated[row] === arm && !Number.isNaN(rewards[row]!))
      : ofArm;
    const add = (term: number, of: Int32Array, value: (index: number) => number) => {
      of.forEach((cluster, index) => {
        const place = TERMS * (2 * cluster + arm) + term;
        sums[place] = sums[place]! + value(index);
      });
    };
    const addColumn = (term: number, of: Int32Array, { values, mean }: Column) =>
      add(term, of, (index) => values[index]! - mean);
    add(ONE, ofArm, () => 1);
    add(SCALED, scaled, () => 1);
    addColumn(PAIR, ofArm, pair);
    addColumn(SQUARE, scaled, square);
    if (single.values.length === 0) continue;
    addColumn(SINGLE, scaled, single);
    addColumn(ORIGINAL, scaled, original);
  }
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
