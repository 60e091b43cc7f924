import { sampleVariance } from "../../estimation/numeric/moments.js";

/** Standard deviation. */
export function spreadOf(values: readonly number[]): number {
  return Math.sqrt(sampleVariance(Float64Array.from(values)));
}

/** The largest difference of two lists of like length. */
export function difference(a: readonly number[], b: readonly number[]): number {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}

/** What a server may have applied to a raw output. */
export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** The same for several outputs. */
export function softmax(values: readonly number[]): number[] {
  const most = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - most));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}
