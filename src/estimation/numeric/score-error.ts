import { clusteredError, independentError, type MeanError } from "./mean-error.js";

/** An estimate's deviation from the truth as a sum over rows. The scores add up to 0; the estimate is made of the means of one or two groups of rows. */
export interface Scores {
  readonly scores: Float64Array;
  /** By row: number of the mean that it has a part in, 1 or 2; 0 for rows that matter by their score alone. */
  readonly groups: Uint8Array;
}

/** Standard error of Σ score: see `independentError` and `clusteredError`. Null where a mean has fewer than two rows or clusters. */
export function scoreError({ scores, groups }: Scores, clusters: Int32Array | null): MeanError | null {
  // Squares of scores near 10⁻²⁰⁰ would be lost.
  const unit = unitFor(scores.reduce((largest, score) => Math.max(largest, Math.abs(score)), 0));
  const clusterCount = clusters ? clusters.reduce((largest, one) => Math.max(largest, one), -1) + 1 : 1;
  const group = () => ({
    n: 0,
    sizes: new Float64Array(clusterCount),
    sums: new Float64Array(clusterCount),
    squares: 0,
  });
  const [outside, ...means] = [group(), group(), group()];
  for (let row = 0; row < scores.length; row += 1) {
    const to = groups[row] === 0 ? outside! : means[groups[row]! - 1]!;
    const score = scores[row]! / unit;
    const cluster = clusters ? clusters[row]! : 0;
    to.n += 1;
    to.squares += score * score;
    to.sizes[cluster]! += 1;
    to.sums[cluster]! += score;
  }
  const present = means.filter(({ n }) => n > 0);
  const error = clusters
    ? clusteredError(present, outside!.sums)
    : independentError(present, outside!.squares);
  return error && { ...error, standardError: error.standardError * unit };
}

/** A power of two near a size whose square would be lost or too large; else 1. Dividing by it rounds nothing. */
export function unitFor(size: number): number {
  if (!(size > 0) || !Number.isFinite(size) || (size > 1e-100 && size < 1e100)) return 1;
  return 2 ** Math.max(-1000, Math.floor(Math.log2(size)));
}
