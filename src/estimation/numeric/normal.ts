/*
 * The standard normal distribution. The complementary error function follows the rational approximations of W. J. Cody, "Rational
 * Chebyshev approximations for the error function", Mathematics of Computation 23 (1969); relative error below 1e-15, far into the tail.
 */

const NEAR = {
  numerator: [
    1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2,
    3.20937758913846947e3,
  ],
  denominator: [
    1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3,
  ],
};
const MIDDLE = {
  numerator: [
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
    2.98635138197400131e2, 8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3,
    1.23033935479799725e3,
  ],
  denominator: [
    1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
  ],
};
const FAR = {
  numerator: [
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
    1.60837851487422766e-2, 6.58749161529837803e-4,
  ],
  denominator: [
    1, 2.56852019228982242, 1.87295284992346047, 5.27905102951428412e-1, 6.05183413124413191e-2,
    2.33520497626869185e-3,
  ],
};

/** Complementary error function: 1 − erf(x), without cancellation for large x. */
function erfc(x: number): number {
  const size = Math.abs(x);
  if (size <= 0.46875) return 1 - x * ratio(NEAR, x * x);
  const upper = size <= 4 ? ratio(MIDDLE, size) : farTail(size);
  const tail = upper * expMinusSquare(size);
  return x < 0 ? 2 - tail : tail;
}

/** P(Z > z) for a standard normal Z. */
export function normalUpperTail(z: number): number {
  return erfc(z / Math.SQRT2) / 2;
}

/** Two-sided p-value of a standard normal statistic. */
export function normalTwoSided(z: number): number {
  return erfc(Math.abs(z) / Math.SQRT2);
}

/**
 * The z with P(Z ≤ z) = `probability`, strictly between 0 and 1: the start of Abramowitz and Stegun 26.2.23, improved by Halley's
 * method on the exact tail until it stands still.
 */
export function normalQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1))
    throw new RangeError("normalQuantile requires a probability between 0 and 1");
  if (probability === 0.5) return 0;
  const tail = Math.min(probability, 1 - probability);
  const t = Math.sqrt(-2 * Math.log(tail));
  let z =
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let step = 0; step < 4; step += 1) {
    const error = (normalUpperTail(z) - tail) * Math.sqrt(2 * Math.PI) * Math.exp((z * z) / 2);
    z += error / (1 - (z * error) / 2);
  }
  return probability < 0.5 ? -z : z;
}

interface Rational {
  readonly numerator: readonly number[];
  readonly denominator: readonly number[];
}

/** Both polynomials by Horner's rule, highest power first. */
function ratio({ numerator, denominator }: Rational, x: number): number {
  const value = (coefficients: readonly number[]) =>
    coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
  return value(numerator) / value(denominator);
}

function farTail(x: number): number {
  const inverse = 1 / (x * x);
  return (1 / Math.sqrt(Math.PI) - inverse * ratio(FAR, inverse)) / x;
}

/** exp(−x²) with x² split so that its rounding does not spoil the result. */
function expMinusSquare(x: number): number {
  const coarse = Math.trunc(x * 16) / 16;
  return Math.exp(-coarse * coarse) * Math.exp(-(x - coarse) * (x + coarse));
}
