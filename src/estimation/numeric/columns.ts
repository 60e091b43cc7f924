/**
 * (one − other − shift)/unit of the rows with w = 0 and of those with w = 1, each in their order. The lowest bit of `treated` counts.
 */
export function differencesByArm(
  treated: Uint8Array,
  one: Float64Array,
  other: Float64Array,
  shift = 0,
  unit = 1,
): readonly [untreated: Float64Array, treated: Float64Array] {
  const n = treated.length;
  const first = new Float64Array(n);
  const second = new Float64Array(n);
  let zeros = 0;
  let ones = 0;
  // Written to both, without a branch on the arm, which would be mispredicted half the time.
  for (let row = 0; row < n; row += 1) {
    const value = (one[row]! - other[row]! - shift) / unit;
    const w = treated[row]! & 1;
    first[zeros] = value;
    second[ones] = value;
    zeros += 1 - w;
    ones += w;
  }
  return [first.subarray(0, zeros), second.subarray(0, ones)];
}

/** (value − shift)². */
export function squaresAround(values: Float64Array, shift: number): Float64Array {
  const squares = new Float64Array(values.length);
  for (let row = 0; row < values.length; row += 1) {
    const off = values[row]! - shift;
    squares[row] = off * off;
  }
  return squares;
}

/** How far the value that lies farthest from the middle lies from it, missing ones (NaN) left out; 0 without values. */
export function farthest(values: Float64Array, middle: number): number {
  let most = 0;
  for (let row = 0; row < values.length; row += 1) {
    const off = Math.abs(values[row]! - middle);
    if (off > most) most = off;
  }
  return most;
}

/** How many values are above 0, and how many are 0. */
export function signsOf(values: Float64Array): { readonly positive: number; readonly zero: number } {
  let positive = 0;
  let zero = 0;
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row]!;
    positive += value > 0 ? 1 : 0;
    zero += value === 0 ? 1 : 0;
  }
  return { positive, zero };
}
