import { clusteredError, independentError, type MeanError } from "../numeric/mean-error.js";

/**
 * The error of an estimate with influence values φ (mean zero over the rows): se² = Σφ²/(n(n − 1)) with n − 1 degrees of freedom; with clusters the
 * CR2 error of a mean with Bell and McCaffrey's degrees of freedom.
 *
 * @returns null with fewer than two rows or clusters
 */
export function meanError(influence: Float64Array, clusters: Int32Array | null): MeanError | null {
  const n = influence.length;
  if (n < 2) return null;
  const scores = influence.map((value) => value / n);
  if (clusters === null)
    return independentError([{ n, squares: scores.reduce((sum, score) => sum + score * score, 0) }], 0);
  const places = new Map<number, number>();
  for (const cluster of clusters) if (!places.has(cluster)) places.set(cluster, places.size);
  const sizes = new Float64Array(places.size);
  const sums = new Float64Array(places.size);
  scores.forEach((score, row) => {
    const place = places.get(clusters[row]!)!;
    sizes[place]! += 1;
    sums[place]! += score;
  });
  return clusteredError([{ sizes, sums }], null);
}
