import { satterthwaite } from "./satterthwaite.js";

/** A standard error with its degrees of freedom. */
export interface MeanError {
  readonly standardError: number;
  readonly degrees: number;
}

/** A mean that an estimate is made of: its rows, and the sum of their squared scores. A row's score is what it adds to the estimate's deviation. */
export interface MeanOfRows {
  readonly n: number;
  readonly squares: number;
}

/**
 * Standard error of an estimate that is made of means of independent rows: each mean's squares count n/(n − 1) times with n − 1 degrees of freedom (HC2;
 * two means together have Welch's). Null where a mean has fewer than two rows.
 *
 * @param outside - sum of the squared scores of rows that are in no mean
 */
export function independentError(means: readonly MeanOfRows[], outside: number): MeanError | null {
  if (means.length === 0 || means.some(({ n }) => n < 2)) return null;
  const parts = means.map(({ n, squares }) => ({ variance: (n / (n - 1)) * squares, degrees: n - 1 }));
  const variance = parts.reduce((total, part) => total + part.variance, outside);
  return { standardError: Math.sqrt(Math.max(0, variance)), degrees: satterthwaite(parts) };
}

/** A mean whose rows lie in clusters: by cluster its rows, and the sum of their scores. */
export interface MeanOfClusters {
  readonly sizes: Float64Array;
  readonly sums: Float64Array;
}

/**
 * CR2 (R. M. Bell and D. F. McCaffrey, "Bias reduction in standard errors for linear regression with multi-stage samples", Survey Methodology 28,
 * 2002) for means: Σ_g (Σ_a S_ga/√(1 − h_ga))², where S_ga is the sum of the scores of cluster g in mean a and h_ga the cluster's share of that mean's
 * rows. The degrees of freedom are theirs, for independent rows of equal variance: (tr G)²/tr G², where
 * G_gk = Σ_a ([g = k] h_ga − u_ga u_ka)/n_a off the diagonal, Σ_a h_ga/n_a on it, and u = h/√(1 − h); for one mean that is
 * 1/[Σ h² + Σ_{g≠k} h_g²h_k²/((1 − h_g)(1 − h_k))] (J. E. Pustejovsky and E. Tipton, J. Bus. Econ. Stat. 36, 2018). Null where a mean has rows in
 * fewer than two clusters.
 *
 * @param outside - by cluster the sum of the scores of rows that are in no mean
 */
export function clusteredError(
  means: readonly MeanOfClusters[],
  outside: Float64Array | null,
): MeanError | null {
  if (means.length === 0 || means.some(({ sizes }) => !(sizes.filter((size) => size > 0).length >= 2)))
    return null;
  const shared = means.map(({ sizes, sums }) => {
    const n = sizes.reduce((total, size) => total + size, 0);
    return { n, sums, shares: sizes.map((size) => size / n) };
  });
  let variance = 0;
  for (let cluster = 0; cluster < shared[0]!.shares.length; cluster += 1) {
    let total = outside?.[cluster] ?? 0;
    for (const { sums, shares } of shared) total += sums[cluster]! / Math.sqrt(1 - shares[cluster]!);
    variance += total * total;
  }
  return { standardError: Math.sqrt(variance), degrees: bellMcCaffrey(shared) };
}

/** The degrees of freedom: see `clusteredError`. */
function bellMcCaffrey(means: readonly { readonly n: number; readonly shares: Float64Array }[]): number {
  const clusters = means[0]!.shares.length;
  const loads = means.map(({ shares }) => shares.map((share) => share / Math.sqrt(1 - share)));
  let [trace, squares] = [0, 0];
  for (let cluster = 0; cluster < clusters; cluster += 1) {
    let diagonal = 0;
    for (const { n, shares } of means) diagonal += shares[cluster]! / n;
    trace += diagonal;
    squares += diagonal * diagonal;
  }
  means.forEach(({ n }, a) => {
    means.forEach((other, b) => {
      let [all, own] = [0, 0];
      for (let cluster = 0; cluster < clusters; cluster += 1) {
        const product = loads[a]![cluster]! * loads[b]![cluster]!;
        all += product;
        own += product * product;
      }
      squares += (all * all - own) / (n * other.n);
    });
  });
  return (trace * trace) / squares;
}
