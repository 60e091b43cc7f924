import { normalUpperTail } from "./normal.js";
import { tQuantile } from "./student-t.js";

/** From here on the t distribution is the normal one to more digits than are used. */
const NORMAL_FROM = 1e7;
/** Standard deviations of χ/√degrees to either side of its middle that are integrated over: beyond, less than 10⁻²⁰ is left. */
const REACH = 10;
const PANELS = 64;

/** Gauss and Legendre's ten points on (−1, 1), the positive half, and their weights (Abramowitz and Stegun, table 25.4). */
const POINTS = [
  [0.14887433898163122, 0.29552422471475287],
  [0.4333953941292472, 0.26926671930999636],
  [0.6794095682990244, 0.21908636251598204],
  [0.8650633666889845, 0.1494513491505806],
  [0.9739065285171717, 0.06667134430868814],
] as const;

/**
 * P(T > t) for a noncentral t with `degrees` of freedom: T = (Z + shift)/S with S = χ/√degrees independent of Z, so that it is the mean of
 * P(Z > tS − shift) over the distribution of S, taken by Gauss and Legendre's rule (definition: Johnson, Kotz and Balakrishnan, Continuous Univariate
 * Distributions 2, chapter 31).
 */
export function noncentralTUpper(t: number, degrees: number, shift: number): number {
  if (!(degrees > 0)) throw new RangeError("noncentralTUpper requires positive degrees of freedom");
  if (degrees >= NORMAL_FROM) return normalUpperTail(t - shift);
  const spread = 1 / Math.sqrt(2 * degrees);
  const from = Math.max(0, 1 - REACH * spread);
  const width = (1 + REACH * spread - from) / PANELS;
  // The density up to a constant, which the sum of the weights makes good.
  const density = (s: number) => Math.exp((degrees - 1) * Math.log(s) - (degrees * (s * s - 1)) / 2);
  let [total, weights] = [0, 0];
  for (let panel = 0; panel < PANELS; panel += 1) {
    const middle = from + (panel + 0.5) * width;
    for (const [place, weight] of POINTS) {
      for (const s of [middle - (place * width) / 2, middle + (place * width) / 2]) {
        const part = weight * density(s);
        weights += part;
        total += part * normalUpperTail(t * s - shift);
      }
    }
  }
  return total / weights;
}

/** Power of the two-sided t test of size 1 − level when the effect lies `shift` of its standard errors from 0. */
export function tTestPower(shift: number, degrees: number, level: number): number {
  const critical = tQuantile((1 + level) / 2, degrees);
  return noncentralTUpper(critical, degrees, shift) + noncentralTUpper(critical, degrees, -shift);
}
