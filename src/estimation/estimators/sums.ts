import type { Estimand, Estimator } from "../../domain/effect.js";
import type { RewardTable } from "../../domain/example.js";
import { farthest } from "../numeric/columns.js";
import { unitFor } from "../numeric/score-error.js";

/**
 * All estimates as functions of a few sums, so that resampling and leaving one out need the sums alone. Rows fall into four strata: by arm, and by
 * whether the original has a reward. For each stratum there are five sums.
 */
export const STRATA = 4;
export const SUMS = 5;

/** Number of a row's stratum: untreated or treated, plus 2 when the original has a reward. */
export function stratumOf(table: RewardTable, row: number): number {
  return table.treated[row]! + (Number.isNaN(table.original[row]) ? 0 : 2);
}

/** The estimates, in the order in which `statistics` gives them; each also as an effect size, in the same order behind them. */
export const STATISTICS: readonly (readonly [Estimator, Estimand])[] = [
  ["naive", "ate"],
  ["single_rewrite", "ate"],
  ["single_rewrite", "att"],
  ["single_rewrite", "atu"],
  ["rate", "ate"],
  ["rate", "att"],
  ["rate", "atu"],
];

/** What rows add to the sums, and the unit in which they do. */
export interface Contributions {
  /** Five numbers a row, for its stratum. */
  readonly packed: Float64Array;
  /** What differences of rewards are divided by; 1 but for tiny rewards. */
  readonly unit: number;
  /** A variance of the rewards, in the unit, that is none beside that of the whole table. */
  readonly floor: number;
}

/** Share of the table's variance below which a resample has no spread: what rounding leaves of none is far below. */
const NO_SPREAD = 1e-10;

/** What each row adds to the sums of its stratum. Rewards are taken relative to one of their column, against cancellation. */
export function contributions(table: RewardTable): Contributions {
  const n = table.treated.length;
  const first = (column: Float64Array) => column.find((value) => !Number.isNaN(value)) ?? 0;
  const centers = [first(table.original), first(table.rewrite), first(table.rewriteOfRewrite)] as const;
  const columns = [table.original, table.rewrite, table.rewriteOfRewrite];
  const unit = unitFor(Math.max(...columns.map((column, index) => farthest(column, centers[index]!))));
  const anyOriginal = table.original.some((value) => !Number.isNaN(value));
  const packed = new Float64Array(SUMS * n);
  for (let row = 0; row < n; row += 1) {
    const at = SUMS * row;
    packed[at] = 1;
    packed[at + 1] = (table.rewriteOfRewrite[row]! - table.rewrite[row]!) / unit;
    if (anyOriginal) {
      const o = (table.original[row]! - centers[0]) / unit;
      if (Number.isNaN(o)) continue;
      packed[at + 2] = (table.original[row]! - table.rewrite[row]!) / unit;
      packed[at + 3] = o;
      packed[at + 4] = o * o;
    } else {
      const r = (table.rewrite[row]! - centers[1]) / unit;
      const rr = (table.rewriteOfRewrite[row]! - centers[2]) / unit;
      packed[at + 2] = r;
      packed[at + 3] = rr;
      packed[at + 4] = r * r + rr * rr;
    }
  }
  const all = totals(table, packed);
  return { packed, unit, floor: NO_SPREAD * (anyOriginal ? originalVariance(all) : rewriteVariance(all)) };
}

/** Sums over all rows, by stratum. */
export function totals(table: RewardTable, packed: Float64Array): Float64Array {
  const sums = new Float64Array(STRATA * SUMS);
  for (let row = 0; row < table.treated.length; row += 1) {
    const to = SUMS * stratumOf(table, row);
    for (let k = 0; k < SUMS; k += 1) sums[to + k] = sums[to + k]! + packed[SUMS * row + k]!;
  }
  return sums;
}

/**
 * The estimates from the sums: seven in reward units, then the same seven as effect sizes; NaN where the sums cannot give one, and no effect sizes
 * where the rewards have no spread to speak of. Writes to `out` from `at` on.
 */
export function statistics(
  sums: Float64Array,
  { unit, floor }: Pick<Contributions, "unit" | "floor">,
  out: Float64Array,
  at: number,
): void {
  const n = (arm: number) => sums[SUMS * arm]! + sums[SUMS * (arm + 2)]!;
  const withOriginal = (arm: number) => sums[SUMS * (arm + 2)]!;
  const [n0, n1, o0, o1] = [n(0), n(1), withOriginal(0), withOriginal(1)];
  const d = (arm: number) => sums[SUMS * arm + 1]! + sums[SUMS * (arm + 2) + 1]!;
  const anyOriginal = o0 + o1 > 0;
  // Treated: rr − r is do(1) − do(0); untreated: the other way round.
  const att = d(1) / n1;
  const atu = -d(0) / n0;
  const e = (arm: number) => sums[SUMS * (arm + 2) + 2]!;
  const m = (arm: number) => sums[SUMS * (arm + 2) + 3]! / withOriginal(arm);
  out[at] = anyOriginal ? m(1) - m(0) : Number.NaN;
  out[at + 1] = anyOriginal ? (e(1) - e(0)) / (o0 + o1) : Number.NaN;
  out[at + 2] = anyOriginal ? e(1) / o1 : Number.NaN;
  out[at + 3] = anyOriginal ? -e(0) / o0 : Number.NaN;
  out[at + 4] = (d(1) - d(0)) / (n0 + n1);
  out[at + 5] = att;
  out[at + 6] = atu;
  const variance = anyOriginal ? originalVariance(sums) : rewriteVariance(sums);
  const scale = variance > floor ? Math.sqrt(variance) : Number.NaN;
  for (let k = 0; k < STATISTICS.length; k += 1) {
    out[at + STATISTICS.length + k] = out[at + k]! / scale;
    out[at + k] = out[at + k]! * unit;
  }
}

/** Pooled variance of the originals over the arms that have any. */
function originalVariance(sums: Float64Array): number {
  let [squares, degrees] = [0, 0];
  for (const stratum of [2, 3]) {
    const n = sums[SUMS * stratum]!;
    if (n === 0) continue;
    const total = sums[SUMS * stratum + 3]!;
    squares += sums[SUMS * stratum + 4]! - (total * total) / n;
    degrees += n - 1;
  }
  return squares / degrees;
}

/** The same of both rewrites, each arm and text with its own mean. */
function rewriteVariance(sums: Float64Array): number {
  let [squares, degrees] = [0, 0];
  for (const stratum of [0, 1]) {
    const n = sums[SUMS * stratum]!;
    if (n === 0) continue;
    const [r, rr] = [sums[SUMS * stratum + 2]!, sums[SUMS * stratum + 3]!];
    squares += sums[SUMS * stratum + 4]! - (r * r + rr * rr) / n;
    degrees += 2 * (n - 1);
  }
  return squares / degrees;
}
