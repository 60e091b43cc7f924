import type { RewardTable } from "../../domain/example.js";
import { normalQuantile, normalUpperTail } from "../numeric/normal.js";
import { placeInSorted, sortedQuantile } from "../numeric/quantile.js";
import { tQuantile, tTwoSided } from "../numeric/student-t.js";
import { clusterSums, REPLICATE_WIDTH } from "./bootstrap.js";
import {
  type Contributions,
  contributions,
  STATISTICS,
  STRATA,
  SUMS,
  statistics,
  stratumOf,
  totals,
} from "./sums.js";

/** What the bootstrap says of one estimate. */
export interface BootstrapInterval {
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided: the interval inverted, so that it is below α exactly where the interval with level 1 − α leaves out 0. */
  readonly pValue: number;
  /** Replicates without a value, because an arm was not drawn. */
  readonly undefined: number;
}

/** An interval, or why there is none. */
export type BootstrapResult = BootstrapInterval | { readonly refused: string };

export interface BootstrapOptions {
  readonly method: "percentile" | "bca";
  readonly level: number;
}

/** With fewer examples in an arm, or fewer clusters, BCa's corrections are noise. */
const FEWEST_UNITS = 10;

/**
 * Intervals from replicates: percentile, or BCa (bias-corrected and accelerated: Efron 1987, with the acceleration from leaving out one example or one
 * cluster), both expanded for few examples or clusters. One entry for each of REPLICATE_WIDTH numbers.
 */
export function summarizeReplicates(
  table: RewardTable,
  replicates: Float64Array,
  options: BootstrapOptions,
): BootstrapResult[] {
  const contributed = contributions(table);
  const all = totals(table, contributed.packed);
  const estimate = new Float64Array(REPLICATE_WIDTH);
  statistics(all, contributed, estimate, 0);
  const accelerations = options.method === "bca" ? accelerationsOf(table, contributed, all) : null;
  const count = replicates.length / REPLICATE_WIDTH;
  const units = unitsOf(table);
  return Array.from({ length: REPLICATE_WIDTH }, (_, k): BootstrapResult => {
    const values = new Float64Array(count);
    for (let replicate = 0; replicate < count; replicate += 1)
      values[replicate] = replicates[replicate * REPLICATE_WIDTH + k]!;
    const finite = values.filter(Number.isFinite).sort();
    if (Number.isNaN(estimate[k]) || 2 * finite.length < count || finite.length < 2)
      return { refused: "too few bootstrap replicates have this estimate" };
    const { total, smallest } = units[k % STATISTICS.length]!;
    const shape = accelerations
      ? { bias: biasOf(finite, estimate[k]!), acceleration: accelerations[k]! }
      : { bias: 0, acceleration: 0 };
    if (accelerations && smallest < FEWEST_UNITS)
      return {
        refused: `BCa needs ${FEWEST_UNITS} ${table.clusters ? "clusters" : "examples in each arm"}, here are ${smallest}: use --ci t`,
      };
    return intervalOf(finite, { ...shape, units: total }, options.level, count);
  });
}

/** How a normal quantile becomes a probability: BCa's bias correction and acceleration (0 for the percentile interval), and the number of units. */
interface Shape {
  readonly bias: number;
  readonly acceleration: number;
  readonly units: number;
}

function intervalOf(sorted: Float64Array, shape: Shape, level: number, count: number): BootstrapResult {
  const z = expandedQuantile((1 + level) / 2, shape.units);
  const [below, above] = [corrected(shape, -z), corrected(shape, z)];
  if (below === null || above === null)
    return { refused: "BCa's acceleration is too large for an interval at this level: use --ci t" };
  // Beyond the outermost replicate nothing is known; one more replicate may lie there.
  const end = Math.min(below, 1 - above);
  const known = 1 / (sorted.length + 1);
  if (end < known)
    return {
      refused: `an end of the interval lies beyond ${sorted.length} replicates: ask for more than ${Math.ceil(1 / end)} (--bootstrap), or use --ci t`,
    };
  return {
    standardError: deviation(sorted),
    low: sortedQuantile(sorted, below),
    high: sortedQuantile(sorted, above),
    pValue: pValue(sorted, shape),
    undefined: count - sorted.length,
  };
}

/** The probability that belongs to a normal quantile: Φ(b + (b + z)/(1 − a(b + z))). Null where that has come out on the other side. */
function corrected({ bias, acceleration }: Shape, z: number): number | null {
  const shifted = bias + z;
  const room = 1 - acceleration * shifted;
  return room > 0 ? normalUpperTail(-(bias + shifted / room)) : null;
}

/**
 * The smallest α with which the interval leaves out 0: the probability at which the replicates cross 0 goes back through the correction to z, and z through
 * the expansion to α. At most one replicate in addition is taken to lie beyond 0.
 */
function pValue(sorted: Float64Array, { bias, acceleration, units }: Shape): number {
  const known = 1 / (sorted.length + 1);
  // Φ⁻¹(p) = b + s/(1 − a s) for s = b ± z.
  const quantileOf = (probability: number) => {
    const y = normalQuantile(Math.min(Math.max(probability, known), 1 - known)) - bias;
    const room = 1 + acceleration * y;
    return room > 0 ? y / room : Math.sign(y) * Number.POSITIVE_INFINITY;
  };
  const fromBelow = bias - quantileOf(placeInSorted(sorted, 0, "last"));
  const fromAbove = quantileOf(placeInSorted(sorted, 0, "first")) - bias;
  const z = Math.max(fromBelow, fromAbove);
  if (!(z > 0)) return 1;
  return units < 2 ? 2 * normalUpperTail(z) : tTwoSided(z / Math.sqrt(units / (units - 1)), units - 1);
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  return Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / (values.length - 1));
}

/** Normal quantile of the share of replicates below the estimate. */
function biasOf(sorted: Float64Array, estimate: number): number {
  const below =
    sorted.filter((value) => value < estimate).length +
    sorted.filter((value) => value === estimate).length / 2;
  return normalQuantile(
    Math.min(Math.max(below / sorted.length, 0.5 / sorted.length), 1 - 0.5 / sorted.length),
  );
}

/**
 * The normal quantile, expanded for few units: √(n/(n − 1)) times the t quantile with n − 1 degrees (Hesterberg 2015, "What Teachers Should Know About the
 * Bootstrap"). Resampling n units spreads by the variance with divisor n, and knows nothing of that variance being an estimate.
 */
function expandedQuantile(probability: number, units: number): number {
  return units < 2
    ? normalQuantile(probability)
    : Math.sqrt(units / (units - 1)) * tQuantile(probability, units - 1);
}

/** Examples, or clusters, that each statistic rests on, and the fewest in an arm that has any (with clusters: these in all). */
function unitsOf(table: RewardTable): { readonly total: number; readonly smallest: number }[] {
  if (table.clusters) {
    const clusters = [0, 1].map(
      (arm) => new Set(table.clusters!.filter((_, row) => table.treated[row] === arm)),
    );
    const all = new Set(table.clusters).size;
    return STATISTICS.map(([, estimand]) => {
      const total = estimand === "ate" ? all : clusters[estimand === "att" ? 1 : 0]!.size;
      return { total, smallest: total };
    });
  }
  const sizes = [0, 0, 0, 0];
  for (let row = 0; row < table.treated.length; row += 1) {
    const stratum = stratumOf(table, row);
    sizes[stratum] = sizes[stratum]! + 1;
  }
  const [u, t, uo, to] = sizes as [number, number, number, number];
  const of = (...arms: number[]) => ({
    total: arms.reduce((total, count) => total + count, 0),
    smallest: Math.min(...arms.filter((count) => count > 0)),
  });
  return [of(uo, to), of(uo, to), of(to), of(uo), of(u + uo, t + to), of(t + to), of(u + uo)];
}

/** Σ(m − x)³ / 6 (Σ(m − x)²)^1.5 over the estimates x without each unit in turn. */
function accelerationsOf(table: RewardTable, contributed: Contributions, all: Float64Array): Float64Array {
  const { packed } = contributed;
  const width = STRATA * SUMS;
  const units = table.clusters ? clusterSums(table, packed) : null;
  const count = units ? units.length / width : table.treated.length;
  const without = new Float64Array(count * REPLICATE_WIDTH);
  const sums = new Float64Array(width);
  for (let unit = 0; unit < count; unit += 1) {
    sums.set(all);
    if (units) for (let k = 0; k < width; k += 1) sums[k] = sums[k]! - units[width * unit + k]!;
    else {
      const to = SUMS * stratumOf(table, unit);
      for (let k = 0; k < SUMS; k += 1) sums[to + k] = sums[to + k]! - packed[SUMS * unit + k]!;
    }
    statistics(sums, contributed, without, unit * REPLICATE_WIDTH);
  }
  return Float64Array.from({ length: REPLICATE_WIDTH }, (_, k) => acceleration(without, count, k));
}

function acceleration(without: Float64Array, count: number, k: number): number {
  let [total, defined] = [0, 0];
  for (let unit = 0; unit < count; unit += 1) {
    const value = without[unit * REPLICATE_WIDTH + k]!;
    if (!Number.isFinite(value)) continue;
    total += value;
    defined += 1;
  }
  let [squares, cubes] = [0, 0];
  for (let unit = 0; unit < count; unit += 1) {
    const value = without[unit * REPLICATE_WIDTH + k]!;
    if (!Number.isFinite(value)) continue;
    const difference = total / defined - value;
    squares += difference ** 2;
    cubes += difference ** 3;
  }
  return squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
}
