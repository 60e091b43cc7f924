/**
 * Sums and differences of columns of numbers, a block of rows at a time. WebAssembly, because it runs at full speed from the first row on, where JavaScript boxes every
 * number until it has been compiled, which takes longer than some ten thousand rows; compiled by `make setup`, called by `src/stats/blocks.ts`.
 */

/** Rows of a block; the same in `src/stats/blocks.ts`. */
const BLOCK: i32 = 2048;

// The blocks: two columns that are read, their arms, of which the lowest bit counts, and two that are written.
export const one: usize = memory.data(8 * BLOCK, 16);
export const other: usize = memory.data(8 * BLOCK, 16);
export const arms: usize = memory.data(BLOCK, 16);
export const untreated: usize = memory.data(8 * BLOCK, 16);
export const treated: usize = memory.data(8 * BLOCK, 16);

/** A compensated sum (Neumaier): the plain total, and what rounding has lost of it. */
export let total: f64 = 0;
export let lost: f64 = 0;

export function clear(): void {
  total = 0;
  lost = 0;
}

function add(value: f64): void {
  const next = total + value;
  lost += abs(total) >= abs(value) ? total - next + value : value - next + total;
  total = next;
}

function at(column: usize, row: i32): f64 {
  return load<f64>(column + ((<usize>row) << 3));
}

// w of a row.
function armOf(row: i32): i32 {
  return load<u8>(arms + row) & 1;
}

/** Adds one − a. */
export function addValues(rows: i32, a: f64): void {
  for (let row = 0; row < rows; row += 1) add(at(one, row) - a);
}

/** Adds (one − a)². */
export function addSquares(rows: i32, a: f64): void {
  for (let row = 0; row < rows; row += 1) {
    const value = at(one, row) - a;
    add(value * value);
  }
}

/** Adds (one − a)·(other − b). */
export function addProducts(rows: i32, a: f64, b: f64): void {
  for (let row = 0; row < rows; row += 1) add((at(one, row) - a) * (at(other, row) - b));
}

/** The largest |one − a|. */
export function farthest(rows: i32, a: f64): f64 {
  let most: f64 = 0;
  for (let row = 0; row < rows; row += 1) most = max(most, abs(at(one, row) - a));
  return most;
}

/** How many have w = 1. */
export function ones(rows: i32): i32 {
  let count: i32 = 0;
  for (let row = 0; row < rows; row += 1) count += armOf(row);
  return count;
}

/** How many of `one` are above 0. */
export function positive(rows: i32): i32 {
  let count: i32 = 0;
  for (let row = 0; row < rows; row += 1) count += <i32>(at(one, row) > 0);
  return count;
}

/** How many of `one` are 0. */
export function zero(rows: i32): i32 {
  let count: i32 = 0;
  for (let row = 0; row < rows; row += 1) count += <i32>(at(one, row) === 0);
  return count;
}

/** one − other, in `treated` where w = 1 and in `untreated` where w = 0; returns how many have w = 0. No branch hangs on the arm: it would be mispredicted half the time. */
export function split(rows: i32): i32 {
  let zeros: i32 = 0;
  for (let row = 0; row < rows; row += 1) {
    const value = at(one, row) - at(other, row);
    store<f64>(untreated + ((<usize>zeros) << 3), value);
    store<f64>(treated + ((<usize>(row - zeros)) << 3), value);
    zeros += 1 - armOf(row);
  }
  return zeros;
}

/** one − other where w = 1 and other − one where w = 0, in `treated`. */
export function contrast(rows: i32): void {
  for (let row = 0; row < rows; row += 1) {
    const sign = <f64>(2 * armOf(row) - 1);
    store<f64>(treated + ((<usize>row) << 3), sign * (at(one, row) - at(other, row)));
  }
}

/** (one − a)², in `treated`. */
export function square(rows: i32, a: f64): void {
  for (let row = 0; row < rows; row += 1) {
    const value = at(one, row) - a;
    store<f64>(treated + ((<usize>row) << 3), value * value);
  }
}
