/**
 * Compensated sum (Neumaier): exact to the last digits even when large and small values of both signs meet.
 * Source: A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54 (1974).
 */
export function sum(values: Float64Array): number {
  const [total, compensation] = sumInTwo(values);
  return total + compensation;
}

/** The same as two numbers, whose sum it is: the plain total, and what rounding has lost of it. */
export function sumInTwo(values: Float64Array): readonly [total: number, compensation: number] {
  let total = 0;
  let compensation = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!;
    const next = total + value;
    compensation += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return [total, compensation];
}

/** Compensated sum of (value − shift)². */
export function sumOfSquaresAround(values: Float64Array, shift: number): number {
  let total = 0;
  let compensation = 0;
  for (let index = 0; index < values.length; index += 1) {
    const square = (values[index]! - shift) ** 2;
    const next = total + square;
    compensation += total >= square ? total - next + square : square - next + total;
    total = next;
  }
  return total + compensation;
}

/** Compensated sum of a[i]·b[i] over two columns of the same length; the products themselves are rounded. */
export function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  let compensation = 0;
  for (let index = 0; index < a.length; index += 1) {
    const value = a[index]! * b[index]!;
    const next = total + value;
    compensation += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + compensation;
}
