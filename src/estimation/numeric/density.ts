import { sampleVariance } from "./moments.js";
import { sortedQuantile } from "./quantile.js";

/** A density at evenly spaced places. */
export interface Density {
  readonly places: Float64Array;
  readonly heights: Float64Array;
  readonly bandwidth: number;
}

/** Bandwidths beyond the data to which a density is followed. */
const TAILS = 3;

/**
 * Gaussian kernel density at `count` places that reach beyond the data, with the bandwidth 0.9·min(sd, IQR/1.34)·n^(−1/5) (Silverman 1986, 3.31). Values are shared
 * between the two nearest places beforehand (Silverman 1986, 3.5), so that the cost is in n + count². Without any spread the bandwidth is 1.
 */
export function kernelDensity(values: Float64Array, count = 256): Density {
  if (values.length < 2) throw new RangeError("kernelDensity requires at least two data points");
  const sorted = Float64Array.from(values).sort();
  const bandwidth = silverman(sorted);
  const [from, to] = [sorted[0]! - TAILS * bandwidth, sorted.at(-1)! + TAILS * bandwidth];
  const step = (to - from) / (count - 1);
  const weights = new Float64Array(count);
  for (const value of sorted) {
    const place = (value - from) / step;
    const below = Math.min(count - 2, Math.floor(place));
    weights[below]! += 1 - (place - below);
    weights[below + 1]! += place - below;
  }
  const kernel = Float64Array.from({ length: count }, (_, distance) =>
    Math.exp(-0.5 * ((distance * step) / bandwidth) ** 2),
  );
  const scale = 1 / (values.length * bandwidth * Math.sqrt(2 * Math.PI));
  const heights = Float64Array.from(
    { length: count },
    (_, at) =>
      scale * weights.reduce((total, weight, place) => total + weight * kernel[Math.abs(at - place)]!, 0),
  );
  return { places: Float64Array.from({ length: count }, (_, at) => from + at * step), heights, bandwidth };
}

function silverman(sorted: Float64Array): number {
  const deviation = Math.sqrt(sampleVariance(sorted));
  const quartiles = (sortedQuantile(sorted, 0.75) - sortedQuantile(sorted, 0.25)) / 1.34;
  const spread = quartiles > 0 ? Math.min(deviation, quartiles) : deviation;
  return (0.9 * spread || 1) * sorted.length ** -0.2;
}
