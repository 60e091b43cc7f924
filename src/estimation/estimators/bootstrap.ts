import type { RewardTable } from "../../domain/example.js";
import { binomial } from "../numeric/binomial.js";
import { type RandomSource, randomStream } from "../numeric/random.js";
import { contributions, STATISTICS, STRATA, SUMS, statistics, stratumOf } from "./sums.js";

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
  const contributed = contributions(table);
  const { packed } = contributed;
  const draw = table.clusters ? clusterDraw(table, packed) : rowDraw(table, packed);
  const out = new Float64Array((to - from) * REPLICATE_WIDTH);
  const sums = new Float64Array(STRATA * SUMS);
  for (let replicate = from; replicate < to; replicate += 1) {
    sums.fill(0);
    draw(randomStream(seed, replicate), sums);
    statistics(sums, contributed, out, (replicate - from) * REPLICATE_WIDTH);
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

/** Each cluster's part of all sums, as resampling and leaving one out take them. */
export function clusterSums(table: RewardTable, packed: Float64Array): Float64Array {
  const width = STRATA * SUMS;
  const clusters = table.clusters!.reduce((most, cluster) => Math.max(most, cluster), -1) + 1;
  const values = new Float64Array(width * clusters);
  table.clusters!.forEach((cluster, row) => {
    const to = width * cluster + SUMS * stratumOf(table, row);
    for (let k = 0; k < SUMS; k += 1) values[to + k] = values[to + k]! + packed[SUMS * row + k]!;
  });
  return values;
}
