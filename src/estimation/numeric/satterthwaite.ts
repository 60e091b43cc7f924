/** A variance that is estimated, with the degrees of freedom of the estimate. */
export interface VariancePart {
  readonly variance: number;
  readonly degrees: number;
}

/**
 * Degrees of freedom of a sum of independent variances: (Σ v)²/Σ(v²/df) (F. E. Satterthwaite, "An approximate distribution of estimates of variance
 * components", Biometrics Bulletin 2, 1946). Two groups' v = s²/n give Welch's. Without any variance, those of the part that has the fewest.
 */
export function satterthwaite(parts: readonly VariancePart[]): number {
  const most = parts.reduce((largest, { variance }) => Math.max(largest, variance), 0);
  if (!(most > 0)) return Math.min(...parts.map(({ degrees }) => degrees));
  // Relative to the largest, so that squares of small variances are not lost.
  const total = parts.reduce((sum, { variance }) => sum + variance / most, 0);
  const squares = parts.reduce((sum, { variance, degrees }) => sum + (variance / most) ** 2 / degrees, 0);
  return total ** 2 / squares;
}
