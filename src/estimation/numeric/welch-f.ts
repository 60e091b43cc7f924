import { incompleteBeta } from "./student-t.js";

/** A group's estimate with its standard error and degrees of freedom (n − 1 for a mean of n). */
export interface GroupEstimate {
  readonly value: number;
  readonly standardError: number;
  readonly degrees: number;
}

export interface WelchTest {
  readonly f: number;
  readonly between: number;
  readonly within: number;
  readonly pValue: number;
  /** Share of the spread between the groups that is not chance: (Q − (k − 1))/Q with Cochran's Q, at least 0. */
  readonly iSquared: number;
}

/**
 * Whether k ≥ 2 estimates with errors of their own are the same (B. L. Welch, "On the comparison of several mean values: an alternative approach",
 * Biometrika 38, 1951): with w = 1/se² and λ = Σ (1 − w/Σw)²/degrees, F = Σ w(x − x̄)²/(k − 1) over 1 + 2(k − 2)λ/(k² − 1), on k − 1 and (k² − 1)/(3λ)
 * degrees of freedom. Unlike Cochran's Q it knows that the errors are estimated. Groups need an error above 0; null with fewer than two.
 */
export function welchF(groups: readonly GroupEstimate[]): WelchTest | null {
  const k = groups.length;
  if (k < 2) return null;
  // Relative to the smallest error, so that no weight is lost.
  const unit = Math.min(...groups.map(({ standardError }) => standardError));
  if (!(unit > 0)) throw new RangeError("welchF requires standard errors above 0");
  const weights = groups.map(({ standardError }) => (unit / standardError) ** 2);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const first = groups[0]!.value;
  const values = groups.map(({ value }) => (value - first) / unit);
  const center = values.reduce((sum, value, index) => sum + weights[index]! * value, 0) / total;
  const q = values.reduce((sum, value, index) => sum + weights[index]! * (value - center) ** 2, 0);
  const lambda = groups.reduce(
    (sum, { degrees }, index) => sum + (1 - weights[index]! / total) ** 2 / degrees,
    0,
  );
  const f = q / (k - 1) / (1 + (2 * (k - 2) * lambda) / (k * k - 1));
  const [between, within] = [k - 1, (k * k - 1) / (3 * lambda)];
  return {
    f,
    between,
    within,
    pValue: fUpper(f, between, within),
    iSquared: q > 0 ? Math.max(0, (q - k + 1) / q) : 0,
  };
}

/** P(F > f) for F with `between` and `within` degrees of freedom, by the incomplete beta function (DLMF 8.17). */
export function fUpper(f: number, between: number, within: number): number {
  if (f <= 0) return 1;
  const x = within / (within + between * f);
  return incompleteBeta(x, within / 2, between / 2, (between * f) / (within + between * f));
}
