import { inBlocks } from "./blocks.js";

/** one − other (or `one` itself), of the rows with w = 0 and of those with w = 1, each in their order. The lowest bit of `treated` counts. */
export function differencesByArm(
  treated: Uint8Array,
  one: Float64Array,
  other?: Float64Array,
): readonly [untreated: Float64Array, treated: Float64Array] {
  let ones = 0;
  inBlocks(treated.length, { arms: treated }, ({ work }, rows) => {
    ones += work.ones(rows);
  });
  const arms = [new Float64Array(treated.length - ones), new Float64Array(ones)] as const;
  const next = [0, 0] as [number, number];
  inBlocks(treated.length, { one, other, arms: treated }, (blocks, rows) => {
    const untreated = blocks.work.split(rows);
    arms[0].set(blocks.untreated.subarray(0, untreated), next[0]);
    arms[1].set(blocks.treated.subarray(0, rows - untreated), next[1]);
    next[0] += untreated;
    next[1] += rows - untreated;
  });
  return arms;
}

/** one − other where w = 1, other − one where w = 0. */
export function contrasts(treated: Uint8Array, one: Float64Array, other: Float64Array): Float64Array {
  const differences = new Float64Array(one.length);
  inBlocks(treated.length, { one, other, arms: treated }, (blocks, rows, from) => {
    blocks.work.contrast(rows);
    differences.set(blocks.treated.subarray(0, rows), from);
  });
  return differences;
}

/** (value − shift)². */
export function squaresAround(values: Float64Array, shift: number): Float64Array {
  const squares = new Float64Array(values.length);
  inBlocks(values.length, { one: values }, (blocks, rows, from) => {
    blocks.work.square(rows, shift);
    squares.set(blocks.treated.subarray(0, rows), from);
  });
  return squares;
}

/** How far the value that lies farthest from the middle lies from it; 0 without values. */
export function farthest(values: Float64Array, middle: number): number {
  let most = 0;
  inBlocks(values.length, { one: values }, ({ work }, rows) => {
    most = Math.max(most, work.farthest(rows, middle));
  });
  return most;
}

/** How many values are above 0, and how many are 0. */
export function signsOf(values: Float64Array): { readonly positive: number; readonly zero: number } {
  const signs = { positive: 0, zero: 0 };
  inBlocks(values.length, { one: values }, ({ work }, rows) => {
    signs.positive += work.positive(rows);
    signs.zero += work.zero(rows);
  });
  return signs;
}
