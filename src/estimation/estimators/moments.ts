import type { RewardTable } from "../../domain/example.js";
import { differencesByArm, farthest, squaresAround } from "../numeric/columns.js";
import { mean } from "../numeric/moments.js";
import { unitFor } from "../numeric/score-error.js";
import { sum, sumOfProductsAround, sumOfSquaresAround } from "../numeric/sum.js";

/*
 * First and second moments of a table by arm, summed once whatever is asked for. A row adds seven terms to its arm:
 *
 *   ONE       1
 *   SCALED    1 where it has a part in the scale: a reward of the original, or any rewards where no original has one
 *   PAIR      rr − r, less its mean in the arm
 *   SINGLE    o − r, less its mean in the arm
 *   ORIGINAL  o, less its mean in the arm
 *   SQUARE    its squared deviation (of the original, or of both rewrites), less the mean of these in the arm
 *   BACK      rr − o, less its mean in the arm
 *
 * To first order every estimate deviates from the truth by a weighted sum of the terms (`estimate.ts`).
 */
export const [ONE, SCALED, PAIR, SINGLE, ORIGINAL, SQUARE, BACK] = [0, 1, 2, 3, 4, 5, 6];
export const TERMS = 7;

export type Arm = 0 | 1;
/** One number for each arm, w = 0 first. */
export type ArmPair = readonly [number, number];

export interface Moments {
  /** Rows, and rows with a reward of the original. */
  readonly n: ArmPair;
  readonly withOriginal: ArmPair;
  /** Rows with a part in the scale, and the degrees of freedom of their squared deviations. */
  readonly scaled: ArmPair;
  readonly degrees: number;
  /** What differences are divided by before they are squared; 1 but for tiny rewards. All that follows is in this unit. */
  readonly unit: number;
  /** Means of rr − r, o − r, rr − o, and of o less a number that all rows share. */
  readonly pair: ArmPair;
  readonly single: ArmPair;
  readonly back: ArmPair;
  readonly original: ArmPair;
  /** Mean squared deviation of what the scale is made of. */
  readonly square: ArmPair;
  /** Second moments of the terms of each arm, those of w = 0 first. */
  readonly products: Float64Array;
  /** Sums of the fourteen terms in each cluster; null without clusters. */
  readonly clusterSums: Float64Array | null;
  /** The terms of a row, into an array of seven. */
  readonly termsOf: (row: number, terms: Float64Array) => void;
}

/**
 * The moments of a table. Rewards must be finite, those of originals finite or NaN. Columns are gone through one by one in a few small loops: these are
 * compiled after some thousand rows, while one large loop over all columns takes several times as long on all but very long tables.
 */
export function momentsOf(table: RewardTable): Moments {
  const anyOriginal = table.original.some((reward) => !Number.isNaN(reward));
  const centers = centersOf(table);
  const unit = unitFor(
    Math.max(
      farthest(table.original, centers.original),
      farthest(table.rewrite, centers.rewrite),
      farthest(table.rewriteOfRewrite, centers.rewriteOfRewrite),
    ),
  );
  const arms = armsOf(table, anyOriginal, centers, unit);
  const byArm = (value: (arm: ArmColumns) => number): ArmPair => [value(arms[0]), value(arms[1])];
  return {
    n: byArm(({ pair }) => pair.values.length),
    withOriginal: byArm(({ single }) => single.values.length),
    scaled: byArm(({ square }) => square.values.length),
    degrees: arms.reduce(
      (all, { square }) => all + (anyOriginal ? 1 : 2) * Math.max(0, square.values.length - 1),
      0,
    ),
    unit,
    pair: byArm(({ pair }) => pair.mean),
    single: byArm(({ single }) => single.mean),
    back: byArm(({ back }) => back.mean),
    original: byArm(({ original }) => original.mean),
    square: byArm(({ square }) => square.mean),
    products: productsOf(arms, table.clusters !== null),
    clusterSums: table.clusters && clusterSumsOf(arms, table, table.clusters),
    termsOf: (row, terms) => termsOf(table, arms, row, terms),
  };
}

/** A reward of each column that the others are taken relative to, so that a common offset costs no digits. */
function centersOf({ original, rewrite, rewriteOfRewrite }: RewardTable) {
  const first = (column: Float64Array) => column.find((value) => !Number.isNaN(value)) ?? 0;
  return {
    original: first(original),
    rewrite: first(rewrite),
    rewriteOfRewrite: first(rewriteOfRewrite),
  };
}

/** Values, their mean, and the sum of the squared deviations from it. */
interface Column {
  readonly values: Float64Array;
  readonly mean: number;
  readonly squares: number;
}

/** The columns of one arm's rows, in their order. */
interface ArmColumns {
  readonly pair: Column;
  /** The values of `pair` in the rows with a part in the scale. */
  readonly scaledPair: Float64Array;
  /** In the rows with a reward of the original. */
  readonly single: Column;
  readonly original: Column;
  readonly back: Column;
  /** In the rows with a part in the scale. */
  readonly square: Column;
  /** Place of each row of the table among the arm's rows, and among those with a part in the scale; −1 where it is none. */
  readonly places: () => { readonly all: Int32Array; readonly scaled: Int32Array };
}

function armsOf(
  { treated, original: o, rewrite: r, rewriteOfRewrite: rr }: RewardTable,
  anyOriginal: boolean,
  centers: ReturnType<typeof centersOf>,
  unit: number,
): readonly [ArmColumns, ArmColumns] {
  const none = new Float64Array(treated.length);
  const split = (one: Float64Array, other: Float64Array, shift: number) =>
    differencesByArm(treated, one, other, shift, unit);
  const pair = split(rr, r, 0);
  const single = split(o, r, 0);
  const original = split(o, none, centers.original);
  const back = split(rr, o, 0);
  const spreads = anyOriginal
    ? []
    : [split(r, none, centers.rewrite), split(rr, none, centers.rewriteOfRewrite)];
  const armOf = (arm: Arm): ArmColumns => {
    const own = ofThose(original[arm]);
    const scaled = anyOriginal ? own : (values: Float64Array) => values;
    const originals = columnOf(own(original[arm]));
    return {
      pair: columnOf(pair[arm]),
      scaledPair: scaled(pair[arm]),
      single: columnOf(own(single[arm])),
      original: originals,
      back: columnOf(own(back[arm])),
      square: columnOf(
        squaresOf(anyOriginal ? [originals] : spreads.map((columns) => columnOf(columns[arm]))),
      ),
      places: once(() => placesOf(treated, o, arm, anyOriginal)),
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

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function placesOf(treated: Uint8Array, original: Float64Array, arm: Arm, anyOriginal: boolean) {
  const all = new Int32Array(treated.length).fill(-1);
  const scaled = new Int32Array(treated.length).fill(-1);
  let [inArm, inScale] = [0, 0];
  for (let row = 0; row < treated.length; row += 1) {
    if ((treated[row] === 1 ? 1 : 0) !== arm) continue;
    all[row] = inArm;
    inArm += 1;
    if (anyOriginal && Number.isNaN(original[row]!)) continue;
    scaled[row] = inScale;
    inScale += 1;
  }
  return { all, scaled };
}

/** A row's terms in its arm. */
function termsOf(
  { treated }: RewardTable,
  arms: readonly [ArmColumns, ArmColumns],
  row: number,
  terms: Float64Array,
): void {
  const { pair, single, original, back, square, places } = arms[treated[row] === 1 ? 1 : 0];
  const { all, scaled } = places();
  const at = scaled[row]!;
  terms.fill(0);
  terms[ONE] = 1;
  terms[PAIR] = pair.values[all[row]!]! - pair.mean;
  if (at < 0) return;
  terms[SCALED] = 1;
  terms[SQUARE] = square.values[at]! - square.mean;
  if (single.values.length === 0) return;
  terms[SINGLE] = single.values[at]! - single.mean;
  terms[ORIGINAL] = original.values[at]! - original.mean;
  terms[BACK] = back.values[at]! - back.mean;
}

/** Both arms' matrices of second moments. What no estimate needs together, and what is 0 because the terms are centered, is left 0. */
function productsOf(arms: readonly [ArmColumns, ArmColumns], clustered: boolean): Float64Array {
  const both = new Float64Array(2 * TERMS * TERMS);
  if (clustered) return both;
  const together = (one: Column, other: Column) =>
    sumOfProductsAround(one.values, one.mean, other.values, other.mean);
  arms.forEach(({ pair, scaledPair, single, original, back, square }, arm) => {
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
      put(BACK, BACK, back.squares);
    }
    put(SQUARE, SQUARE, square.squares);
  });
  return both;
}

/** The terms' sums in each cluster, fourteen a cluster. */
function clusterSumsOf(
  arms: readonly [ArmColumns, ArmColumns],
  table: RewardTable,
  clusters: Int32Array,
): Float64Array {
  const count = clusters.reduce((largest, cluster) => Math.max(largest, cluster), -1) + 1;
  const sums = new Float64Array(2 * TERMS * count);
  const terms = new Float64Array(TERMS);
  for (let row = 0; row < clusters.length; row += 1) {
    termsOf(table, arms, row, terms);
    const to = TERMS * (2 * clusters[row]! + (table.treated[row] === 1 ? 1 : 0));
    for (let term = 0; term < TERMS; term += 1) sums[to + term] = sums[to + term]! + terms[term]!;
  }
  return sums;
}

/** The pooled standard deviation of both rewrites' rewards by arm, whether there are originals or not. */
export function rewritesSpread({ treated, rewrite, rewriteOfRewrite }: RewardTable): number {
  const none = new Float64Array(treated.length);
  let [squares, degrees] = [0, 0];
  for (const column of [rewrite, rewriteOfRewrite]) {
    for (const values of differencesByArm(treated, column, none, column[0] ?? 0, 1)) {
      squares += columnOf(values).squares;
      degrees += Math.max(0, values.length - 1);
    }
  }
  return degrees === 0 ? 0 : Math.sqrt(squares / degrees);
}
