import type { RewardTable } from "../../domain/example.js";
import { binomial } from "../numeric/binomial.js";
import { normalQuantile, normalUpperTail } from "../numeric/normal.js";
import { sortedQuantile } from "../numeric/quantile.js";
import { type RandomSource, randomStream } from "../numeric/random.js";
import { tQuantile } from "../numeric/student-t.js";
import { contributions, STATISTICS, STRATA, SUMS, statistics, stratumOf, totals } from "./sums.js";

/** Numbers that one replicate gives: every estimate, and every one as an effect size. */
export const REPLICATE_WIDTH = 2 * STATISTICS.length;

/**
 * Draws replicates `from` to `to` − 1 of the bootstrap: examples, or whole clusters, drawn with replacement; all estimators on the same draws. Replicate k
 * depends on the seed and k alone, so any division of the work gives the same digits.
 *
 * @returns (to − from) × REPLICATE_WIDTH numbers, replicate by replicate
 */
export function bootstrapReplicates(
  table: RewardTable,
  seed: number,
  from: number,
  to: number,
): Float64Array {
  const packed = contributions(table);
  const draw = table.clusters ? clusterDraw(table, packed) : rowDraw(table, packed);
  const out = new Float64Array((to - from) * REPLICATE_WIDTH);
  const sums = new Float64Array(STRATA * SUMS);
  for (let replicate = from; replicate < to; replicate += 1) {
    sums.fill(0);
    draw(randomStream(seed, replicate), sums);
    statistics(sums, out, (replicate - from) * REPLICATE_WIDTH);
  }
  return out;
}

type Draw = (random: RandomSource, sums: Float64Array) => void;

/** Rows of one stratum that are drawn from together: few enough for a processor's nearest cache. */
const BLOCK = 1024;

/**
 * n rows with replacement: how many fall into each block of rows of one stratum is multinomial; within a block they are drawn uniformly. That is the same
 * as drawing from all rows, without a branch for every draw, and without waiting for the memory.
 */
function rowDraw(table: RewardTable, packed: Float64Array): Draw {
  const n = table.treated.length;
  const blocks = Array.from({ length: STRATA }, (_, stratum) => blocksOf(table, packed, stratum)).flat();
  return (random, sums) => {
    let [left, rest] = [n, n];
    for (const block of blocks) {
      const count = binomial(left, block.size / rest, random);
      left -= count;
      rest -= block.size;
      drawRows(block, count, random, sums);
    }
  };
}

interface Block {
  readonly size: number;
  /** Four numbers for each row: what it adds to the sums of its stratum. */
  readonly values: Float64Array;
  readonly stratum: number;
}

function blocksOf(table: RewardTable, packed: Float64Array, stratum: number): Block[] {
  const rows: number[] = [];
  for (let row = 0; row < table.treated.length; row += 1)
    if (stratumOf(table, row) === stratum) rows.push(row);
  return Array.from({ length: Math.ceil(rows.length / BLOCK) }, (_, block) => {
    const own = rows.slice(BLOCK * block, BLOCK * (block + 1));
    const values = new Float64Array(4 * own.length);
    for (const [index, row] of own.entries())
      values.set(packed.subarray(SUMS * row + 1, SUMS * row + SUMS), 4 * index);
    return { size: own.length, values, stratum };
  });
}

/**
 * Adds `count` random rows of a block to the sums of its stratum. The generator is that of `randomStream`, written out: this is where the time goes, and a call
 * for every row would take it several times as long. Of a whole block, every random number gives three rows by ten bits each.
 */
function drawRows(
  { size, values, stratum }: Block,
  count: number,
  random: RandomSource,
  sums: Float64Array,
): void {
  let [x, y, z, counter] = [random() | 0, random() | 0, random() | 0, 1];
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let left = count;
  for (; size === BLOCK && left >= 3; left -= 3) {
    const sum = (((x + y) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    x = y ^ (y >>> 9);
    y = (z + (z << 3)) | 0;
    z = (((z << 21) | (z >>> 11)) + sum) | 0;
    const first = (sum & (BLOCK - 1)) << 2;
    const second = ((sum >>> 10) & (BLOCK - 1)) << 2;
    const third = ((sum >>> 20) & (BLOCK - 1)) << 2;
    a += values[first]! + values[second]! + values[third]!;
    b += values[first + 1]! + values[second + 1]! + values[third + 1]!;
    c += values[first + 2]! + values[second + 2]! + values[third + 2]!;
    d += values[first + 3]! + values[second + 3]! + values[third + 3]!;
  }
  const scale = size / 2 ** 32;
  for (; left > 0; left -= 1) {
    const sum = (((x + y) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    x = y ^ (y >>> 9);
    y = (z + (z << 3)) | 0;
    z = (((z << 21) | (z >>> 11)) + sum) | 0;
    const place = (((sum >>> 0) * scale) | 0) << 2;
    a += values[place]!;
    b += values[place + 1]!;
    c += values[place + 2]!;
    d += values[place + 3]!;
  }
  const at = SUMS * stratum;
  sums[at] = sums[at]! + count;
  sums[at + 1] = sums[at + 1]! + a;
  sums[at + 2] = sums[at + 2]! + b;
  sums[at + 3] = sums[at + 3]! + c;
  sums[at + 4] = sums[at + 4]! + d;
}

/** As many whole clusters as there are, with replacement. */
function clusterDraw(table: RewardTable, packed: Float64Array): Draw {
  const width = STRATA * SUMS;
  const values = clusterSums(table, packed);
  const clusters = values.length / width;
  return (random, sums) => {
    for (let draw = 0; draw < clusters; draw += 1) {
      const place = width * Math.floor((random() / 2 ** 32) * clusters);
      for (let k = 0; k < width; k += 1) sums[k] = sums[k]! + values[place + k]!;
    }
  };
}

/** Each cluster's part of all sums. */
function clusterSums(table: RewardTable, packed: Float64Array): Float64Array {
  const width = STRATA * SUMS;
  const clusters = table.clusters!.reduce((most, cluster) => Math.max(most, cluster), -1) + 1;
  const values = new Float64Array(width * clusters);
  table.clusters!.forEach((cluster, row) => {
    const to = width * cluster + SUMS * stratumOf(table, row);
    for (let k = 0; k < SUMS; k += 1) values[to + k] = values[to + k]! + packed[SUMS * row + k]!;
  });
  return values;
}

/** What the bootstrap says of one estimate. */
export interface BootstrapSummary {
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided: twice the smaller share of replicates beyond 0, each with one added (Davison and Hinkley 1997, 4.2.1). */
  readonly pValue: number;
  /** Replicates without a value, because an arm was not drawn. */
  readonly undefined: number;
}

/**
 * Intervals from replicates: percentile, or BCa (bias-corrected and accelerated: Efron 1987, with the acceleration from leaving out one example or one
 * cluster), both expanded for few examples or clusters. One entry for each of REPLICATE_WIDTH numbers; null where fewer than half of the replicates have a value.
 */
export function summarizeReplicates(
  table: RewardTable,
  replicates: Float64Array,
  options: { readonly method: "percentile" | "bca"; readonly level: number },
): (BootstrapSummary | null)[] {
  const packed = contributions(table);
  const all = totals(table, packed);
  const estimate = new Float64Array(REPLICATE_WIDTH);
  statistics(all, estimate, 0);
  const accelerations = options.method === "bca" ? accelerationsOf(table, packed, all) : null;
  const count = replicates.length / REPLICATE_WIDTH;
  const units = unitsOf(table);
  return Array.from({ length: REPLICATE_WIDTH }, (_, k) => {
    const values = new Float64Array(count);
    for (let replicate = 0; replicate < count; replicate += 1)
      values[replicate] = replicates[replicate * REPLICATE_WIDTH + k]!;
    const finite = values.filter(Number.isFinite).sort();
    if (Number.isNaN(estimate[k]) || 2 * finite.length < count || finite.length < 2) return null;
    const z = expandedQuantile((1 + options.level) / 2, units[k % STATISTICS.length]!);
    const probabilities = accelerations
      ? bcaProbabilities(finite, estimate[k]!, accelerations[k]!, z)
      : ([normalUpperTail(z), normalUpperTail(-z)] as const);
    return {
      standardError: deviation(finite),
      low: sortedQuantile(finite, probabilities[0]),
      high: sortedQuantile(finite, probabilities[1]),
      pValue: pValue(finite),
      undefined: count - finite.length,
    };
  });
}

function pValue(sorted: Float64Array): number {
  const below = sorted.filter((value) => value <= 0).length;
  const above = sorted.filter((value) => value >= 0).length;
  return Math.min(1, (2 * (Math.min(below, above) + 1)) / (sorted.length + 1));
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  return Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / (values.length - 1));
}

function bcaProbabilities(
  sorted: Float64Array,
  estimate: number,
  acceleration: number,
  z: number,
): readonly [number, number] {
  const below =
    sorted.filter((value) => value < estimate).length +
    sorted.filter((value) => value === estimate).length / 2;
  const share = Math.min(Math.max(below / sorted.length, 0.5 / sorted.length), 1 - 0.5 / sorted.length);
  const bias = normalQuantile(share);
  const corrected = (quantile: number) => {
    const shifted = bias + quantile;
    return normalUpperTail(-(bias + shifted / (1 - acceleration * shifted)));
  };
  return [corrected(-z), corrected(z)];
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

/** Units that each statistic rests on: examples, or clusters. */
function unitsOf(table: RewardTable): number[] {
  if (table.clusters) {
    const clusters = new Set(table.clusters).size;
    return STATISTICS.map(() => clusters);
  }
  const sizes = [0, 0, 0, 0];
  for (let row = 0; row < table.treated.length; row += 1) {
    const stratum = stratumOf(table, row);
    sizes[stratum] = sizes[stratum]! + 1;
  }
  const [u, t, uo, to] = sizes as [number, number, number, number];
  return [uo + to, uo + to, to, uo, u + t + uo + to, t + to, u + uo];
}

/** Σ(m − x)³ / 6 (Σ(m − x)²)^1.5 over the estimates x without each unit in turn. */
function accelerationsOf(table: RewardTable, packed: Float64Array, all: Float64Array): Float64Array {
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
    statistics(sums, without, unit * REPLICATE_WIDTH);
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
