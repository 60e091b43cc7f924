import { sum, sumInTwo, sumOfSquaresAround } from "./sum.js";

/**
 * Arithmetic mean of at least one value: that of the compensated sum, with the rounding of the division made good, which matters for values far from 0. Of
 * `count` values where the others are zeros that do not count.
 */
export function mean(values: Float64Array, count = values.length): number {
  if (count === 0) throw new RangeError("mean requires at least one data point");
  const [total, lost] = sumInTwo(values);
  return meanOfSum(total, lost, count);
}

/** The same from the sum: its total, and what rounding has lost of it. */
function meanOfSum(total: number, lost: number, count: number): number {
  const quotient = total / count;
  const rest = remainder(total, quotient, count) + lost;
  return Number.isFinite(rest) ? quotient + rest / count : quotient;
}

/** a − b·n, exactly, for b = a / n rounded. Source: T. J. Dekker, A floating-point technique for extending the available precision, Numer. Math. 18 (1971). */
function remainder(a: number, b: number, n: number): number {
  const product = b * n;
  const [b1, b0] = halves(b);
  const [n1, n0] = halves(n);
  const lost = b0 * n0 - (product - b1 * n1 - b0 * n1 - b1 * n0);
  return a - product - lost;
}

/** A number as two of half as many digits. */
function halves(value: number): readonly [number, number] {
  const shifted = (2 ** 27 + 1) * value;
  const upper = shifted - (shifted - value);
  return [upper, value - upper];
}

/** Sample variance, divisor n − 1: the mean is estimated from the same data. Two passes, so it is sound far from 0. */
export function sampleVariance(values: Float64Array): number {
  if (values.length < 2) throw new RangeError("sampleVariance requires at least two data points");
  return sumOfSquares(values) / (values.length - 1);
}

/**
 * Sum of the squared deviations from the mean, less what the rounding of the mean adds (T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for
 * computing the sample variance", The American Statistician 37, 1983).
 */
function sumOfSquares(values: Float64Array): number {
  const middle = mean(values);
  return sumOfSquaresAround(values, middle) - sum(values, middle) ** 2 / values.length;
}

/** Standard error of a mean: sd/√n. */
export function standardError(values: Float64Array): number {
  return Math.sqrt(sampleVariance(values) / values.length);
}
