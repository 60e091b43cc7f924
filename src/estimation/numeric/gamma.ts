/** The gamma function's logarithm by Lanczos' approximation (g = 7, nine terms), and the chi-square tail over the incomplete gamma function. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Logarithm of the gamma function for positive arguments. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1;
  const base = shifted + 7.5;
  const series = LANCZOS.slice(1).reduce(
    (total, term, index) => total + term / (shifted + index + 1),
    LANCZOS[0]!,
  );
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(series);
}

/** P(X > x) for a chi-square X with `degrees` of freedom: series below, continued fraction above (DLMF 8.11.4, 8.9.2). */
export function chiSquareUpper(x: number, degrees: number): number {
  if (!(degrees > 0)) throw new RangeError("chiSquareUpper requires positive degrees of freedom");
  if (x <= 0) return 1;
  const [shape, half] = [degrees / 2, x / 2];
  const front = Math.exp(shape * Math.log(half) - half - logGamma(shape));
  return half < shape + 1 ? 1 - front * lowerSeries(shape, half) : front * upperFraction(shape, half);
}

function lowerSeries(shape: number, x: number): number {
  let term = 1 / shape;
  let total = term;
  for (let step = 1; step < 100_000 && term > total * 1e-17; step += 1) {
    term *= x / (shape + step);
    total += term;
  }
  return total;
}

/** By Lentz's method. */
function upperFraction(shape: number, x: number): number {
  let b = x + 1 - shape;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let step = 1; step < 100_000; step += 1) {
    const a = -step * (step - shape);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    const change = c * d;
    fraction *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return fraction;
}
