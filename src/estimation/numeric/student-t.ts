import { logGamma } from "./gamma.js";

/**
 * Student's t distribution, over the regularized incomplete beta function. The continued fraction is that of DLMF 8.17.22, evaluated
 * by Lentz's method.
 */

/** P(|T| > |t|) for T with `degrees` of freedom (positive, not necessarily whole). */
export function tTwoSided(t: number, degrees: number): number {
  if (!(degrees > 0)) throw new RangeError("tTwoSided requires positive degrees of freedom");
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5, (t * t) / (degrees + t * t));
}

/** The t with P(T ≤ t) = `probability`, by bisection on the two-sided tail: slower than a series, and right for few degrees too. */
export function tQuantile(probability: number, degrees: number): number {
  if (!(probability > 0 && probability < 1))
    throw new RangeError("tQuantile requires a probability between 0 and 1");
  if (probability === 0.5) return 0;
  const tails = 2 * Math.min(probability, 1 - probability);
  let low = 0;
  let high = 1;
  while (tTwoSided(high, degrees) > tails) high *= 2;
  for (let step = 0; step < 200 && high - low > Number.EPSILON * high; step += 1) {
    const middle = (low + high) / 2;
    if (tTwoSided(middle, degrees) > tails) low = middle;
    else high = middle;
  }
  const quantile = (low + high) / 2;
  return probability < 0.5 ? -quantile : quantile;
}

/** I_x(a, b); `complement` is 1 − x, given by the caller where the difference would lose digits. */
export function incompleteBeta(x: number, a: number, b: number, complement = 1 - x): number {
  if (x <= 0) return 0;
  if (complement <= 0) return 1;
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(complement),
  );
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, a, b)) / a;
  return 1 - (front * betaFraction(complement, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const change = d * c;
    fraction *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return fraction;
}
