/*
 * Asymptotic confidence sequences: intervals that hold at every number of examples at once, so one may look after each round and stop.
 * Source: I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas, Time-uniform central limit theory and asymptotic confidence
 * sequences, arXiv 2103.06476.
 */

/** The ρ for which the sequence is (nearly) narrowest at `best` examples: √{(−2 ln α + ln(−2 ln α + 1))/t*}. */
export function sequenceRho(best: number, alpha: number): number {
  const a = -2 * Math.log(alpha);
  return Math.sqrt((a + Math.log(a + 1)) / best);
}

/** Half-width at t examples, two-sided: σ̂√{[2(tρ² + 1)/(t²ρ²)]·ln(√(tρ² + 1)/α)}. */
export function sequenceHalfWidth(sd: number, t: number, rho: number, alpha: number): number {
  const grown = t * rho * rho + 1;
  return sd * Math.sqrt(((2 * grown) / (t * t * rho * rho)) * Math.log(Math.sqrt(grown) / alpha));
}

/** Half-width at t examples of a one-sided bound: as the two-sided one, with ln(1 + √(tρ² + 1)/(2α)). */
export function sequenceOneSided(sd: number, t: number, rho: number, alpha: number): number {
  const grown = t * rho * rho + 1;
  return sd * Math.sqrt(((2 * grown) / (t * t * rho * rho)) * Math.log(1 + Math.sqrt(grown) / (2 * alpha)));
}

/** Examples from which a sequence is looked at: its normal approximation needs so many. */
const FIRST_LOOK = 50;
const FIRST_LOOK_SKEWED = 200;
/** |skewness| of the differences beyond which `FIRST_LOOK_SKEWED` is waited for. */
const SKEWED = 1;

/** Sample skewness g₁ = m₃/m₂^1.5; 0 without spread. */
function skewness(values: Float64Array): number {
  const n = values.length;
  const centre = values.reduce((sum, value) => sum + value, 0) / n;
  const m2 = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / n;
  const m3 = values.reduce((sum, value) => sum + (value - centre) ** 3, 0) / n;
  return m2 > 0 ? m3 / m2 ** 1.5 : 0;
}

/** Whether a sequence may be looked at with these differences. */
export function mayLook(differences: Float64Array): boolean {
  if (differences.length < FIRST_LOOK) return false;
  return differences.length >= FIRST_LOOK_SKEWED || Math.abs(skewness(differences)) <= SKEWED;
}
