import { sampleVariance } from "../numeric/moments.js";

/** A standard error with its degrees of freedom. */
export interface MeanError {
  readonly standardError: number;
  readonly degrees: number;
}

/**
 * The error of an estimate with influence values φ (mean zero over the rows): se² = Σφ²/(n(n − 1)) with n − 1 degrees of freedom; with clusters the
 * CR2 variance Σ S_g²/(1 − h_g)/n², S_g the sum of φ in cluster g and h_g its share of the rows, with Bell and McCaffrey's degrees of freedom
 * 1/[Σ h_g² + Σ_{g≠k} h_g² h_k²/((1 − h_g)(1 − h_k))] (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018).
 *
 * @returns null with fewer than two rows or clusters
 */
export function meanError(influence: Float64Array, clusters: Int32Array | null): MeanError | null {
  const n = influence.length;
  if (n < 2) return null;
  if (clusters === null) return { standardError: Math.sqrt(sampleVariance(influence) / n), degrees: n - 1 };
  const groups = new Map<number, { rows: number; total: number }>();
  influence.forEach((value, row) => {
    const group = groups.get(clusters[row]!) ?? { rows: 0, total: 0 };
    group.rows += 1;
    group.total += value;
    groups.set(clusters[row]!, group);
  });
  if (groups.size < 2) return null;
  let variance = 0;
  let squares = 0;
  let pairs = 0;
  let alone = 0;
  for (const { rows, total } of groups.values()) {
    const h = rows / n;
    variance += (total * total) / (1 - h);
    squares += h * h;
    const weight = (h * h) / (1 - h);
    pairs += weight;
    alone += weight * weight;
  }
  return {
    standardError: Math.sqrt(variance) / n,
    degrees: 1 / (squares + pairs * pairs - alone),
  };
}

/** Satterthwaite's degrees of freedom of a sum of independent parts: (Σ v)²/Σ(v²/df), v the parts' variances (Satterthwaite 1946). */
export function satterthwaite(
  parts: readonly { readonly variance: number; readonly degrees: number }[],
): number {
  const total = parts.reduce((sum, { variance }) => sum + variance, 0);
  const squares = parts.reduce((sum, { variance, degrees }) => sum + variance ** 2 / degrees, 0);
  return squares > 0 ? total ** 2 / squares : Math.min(...parts.map(({ degrees }) => degrees));
}
