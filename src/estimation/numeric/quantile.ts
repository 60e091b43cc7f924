/** The quantile of sorted values, linear between the two nearest (Hyndman and Fan 1996, type 7). */
export function sortedQuantile(sorted: Float64Array, probability: number): number {
  if (sorted.length === 0) throw new RangeError("sortedQuantile requires at least one data point");
  const place = Math.min(1, Math.max(0, probability)) * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}

/**
 * The probability at which `sortedQuantile` comes to a value: the last one with a quantile at or below it, or the first one with one at or above it. 0 and 1
 * where all values lie on one side.
 */
export function placeInSorted(sorted: Float64Array, value: number, which: "first" | "last"): number {
  const last = sorted.length - 1;
  if (last < 1) throw new RangeError("placeInSorted requires at least two data points");
  // The first place that is beyond the value (`last`), or has come to it (`first`).
  const beyond = sorted.findIndex((other) => (which === "last" ? other > value : other >= value));
  if (beyond < 0) return 1;
  if (beyond === 0) return 0;
  const [low, high] = [sorted[beyond - 1]!, sorted[beyond]!];
  return (beyond - 1 + (value - low) / (high - low)) / last;
}
