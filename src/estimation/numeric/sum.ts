/*
 * Compensated sums (A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54, 1974): exact to the last digits even
 * when large and small values of both signs meet. What each addition loses is found without a branch (D. E. Knuth, The Art of Computer Programming 2, 4.2.2).
 */

/** Sum of value − shift. */
export function sum(values: Float64Array, shift = 0): number {
  const [total, lost] = sumInTwo(values, shift);
  return total + lost;
}

/** Sum of value − shift, as two numbers whose sum it is: the plain total, and what rounding has lost of it. */
export function sumInTwo(values: Float64Array, shift = 0): readonly [total: number, lost: number] {
  let total = 0;
  let lost = 0;
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row]! - shift;
    const next = total + value;
    const added = next - total;
    lost += total - (next - added) + (value - added);
    total = next;
  }
  return [total, lost];
}

/** Sum of (value − shift)². */
export function sumOfSquaresAround(values: Float64Array, shift: number): number {
  let total = 0;
  let lost = 0;
  for (let row = 0; row < values.length; row += 1) {
    const off = values[row]! - shift;
    const square = off * off;
    const next = total + square;
    const added = next - total;
    lost += total - (next - added) + (square - added);
    total = next;
  }
  return total + lost;
}

/** Sum of (a[i] − shiftA)·(b[i] − shiftB) over two columns of the same length; the products themselves are rounded. */
export function sumOfProductsAround(
  a: Float64Array,
  shiftA: number,
  b: Float64Array,
  shiftB: number,
): number {
  let total = 0;
  let lost = 0;
  for (let row = 0; row < a.length; row += 1) {
    const product = (a[row]! - shiftA) * (b[row]! - shiftB);
    const next = total + product;
    const added = next - total;
    lost += total - (next - added) + (product - added);
    total = next;
  }
  return total + lost;
}
