import { sum, sumOfSquaresAround } from "./sum.js";

/** Arithmetic mean of at least one value. The second pass removes the rounding of the first, which matters for values far from 0. */
export function mean(values: Float64Array): number {
  if (values.length === 0) throw new RangeError("mean requires at least one data point");
  const first = sum(values) / values.length;
  return first + sum(values, first) / values.length;
}

/** Sample variance, divisor n − 1: the mean is estimated from the same data. Two passes, so it is sound far from 0. */
export function sampleVariance(values: Float64Array): number {
  if (values.length < 2) throw new RangeError("sampleVariance requires at least two data points");
  return sumOfSquares(values) / (values.length - 1);
}

/** Sum of the squared deviations from the mean. */
export function sumOfSquares(values: Float64Array): number {
  return sumOfSquaresAround(values, mean(values));
}

/** Standard error of a mean: sd/√n. */
export function standardError(values: Float64Array): number {
  return Math.sqrt(sampleVariance(values) / values.length);
}
