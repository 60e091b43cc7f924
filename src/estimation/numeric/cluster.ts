import { sum } from "./sum.js";

/** A standard error that allows for dependence within clusters, and what it rests on. */
export interface ClusteredError {
  readonly standardError: number;
  readonly clusters: number;
}

/**
 * Cluster-robust standard error of Σ score, for scores that are each row's contribution to an estimate, with mean zero: the square root
 * of G/(G − 1) Σ_g (Σ_{i in g} score_i)² (CR1 without the regressors' factor). Needs two clusters; throws a RangeError with fewer.
 *
 * @param scores - one contribution a row
 * @param clusterOf - the cluster of each row, any whole numbers
 */
export function clusteredError(scores: Float64Array, clusterOf: Int32Array): ClusteredError {
  const totals = new Map<number, number>();
  for (let row = 0; row < scores.length; row += 1) {
    const cluster = clusterOf[row]!;
    totals.set(cluster, (totals.get(cluster) ?? 0) + scores[row]!);
  }
  const clusters = totals.size;
  if (clusters < 2) throw new RangeError("clusteredError requires at least two clusters");
  const squares = sum(Float64Array.from(totals.values(), (total) => total * total));
  return { standardError: Math.sqrt((clusters / (clusters - 1)) * squares), clusters };
}
