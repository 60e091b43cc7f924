import { summed } from "./blocks.js";

/*
 * Compensated sums (Neumaier): exact to the last digits even when large and small values of both signs meet.
 * Source: A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54 (1974).
 */

/** Sum of value − shift. */
export function sum(values: Float64Array, shift = 0): number {
  return joined(summed({ one: values }, (work, rows) => work.addValues(rows, shift)));
}

/** Sum of the values, as two numbers whose sum it is: the plain total, and what rounding has lost of it. */
export function sumInTwo(values: Float64Array): readonly [total: number, lost: number] {
  return summed({ one: values }, (work, rows) => work.addValues(rows, 0));
}

/** Sum of (value − shift)². */
export function sumOfSquaresAround(values: Float64Array, shift: number): number {
  return joined(summed({ one: values }, (work, rows) => work.addSquares(rows, shift)));
}

/** Sum of (a[i] − shiftA)·(b[i] − shiftB) over two columns of the same length; the products themselves are rounded. */
export function sumOfProductsAround(
  a: Float64Array,
  shiftA: number,
  b: Float64Array,
  shiftB: number,
): number {
  return joined(summed({ one: a, other: b }, (work, rows) => work.addProducts(rows, shiftA, shiftB)));
}

function joined([total, lost]: readonly [number, number]): number {
  return total + lost;
}
