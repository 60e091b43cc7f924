import { normalQuantile, normalUpperTail } from "../numeric/normal.js";

/**
 * The share of α that may be spent until a fraction `t` of the planned data is there: 2 − 2Φ(z/√t) with z = Φ⁻¹(1 − α/2), the spending function of
 * O'Brien and Fleming's kind by Lan and DeMets (1983, "Discrete sequential boundaries for clinical trials", Biometrika 70).
 */
export function alphaSpent(alpha: number, t: number): number {
  return 2 * normalUpperTail(-normalQuantile(alpha / 2) / Math.sqrt(t));
}

/**
 * The size of each of `looks` one-sided tests at growing data, so that all together wrongly reject with probability `alpha` at most. Looks come after equal
 * shares of the data. Test k has the size 1 − Φ(c_k), with c_k such that the chance to cross first at look k is what is spent between k − 1 and k; the
 * chances come from the recursion of Armitage, McPherson and Rowe (1969, "Repeated significance tests on accumulating data", J. R. Stat. Soc. A 132).
 */
export function levelsOfLooks(alpha: number, looks: number): number[] {
  const levels: number[] = [];
  let density: Density | null = null;
  for (let look = 1; look <= looks; look += 1) {
    const spent = alphaSpent(alpha, look / looks) - (look === 1 ? 0 : alphaSpent(alpha, (look - 1) / looks));
    const border = borderFor(spent, density, look, looks);
    levels.push(Math.max(LEAST, normalUpperTail(border / Math.sqrt(look / looks))));
    density = nextDensity(density, border, look, looks);
  }
  return levels;
}

/** The density of the score √t·z of what has not crossed yet, on an even grid up to the border. */
interface Density {
  readonly from: number;
  readonly step: number;
  readonly heights: Float64Array;
}

/** Smaller levels are taken as this: 1 less a smaller one is 1 in floating point. */
const LEAST = 1e-12;
/** Points of a grid, odd for Simpson's rule. */
const POINTS = 401;
/** Standard deviations below 0 where a grid begins: what lies below is less than 1e-15. */
const REACH = 8;
const HALVINGS = 60;

/** The border that is crossed now, and was not before, with the given probability. */
function borderFor(probability: number, density: Density | null, look: number, looks: number): number {
  const spread = Math.sqrt(look / looks);
  if (density === null) return -spread * normalQuantile(probability);
  const increment = Math.sqrt(1 / looks);
  let [low, high] = [-REACH * spread, 12 * spread];
  for (let round = 0; round < HALVINGS; round += 1) {
    const middle = (low + high) / 2;
    const crossed = integral(density, (score) => normalUpperTail((middle - score) / increment));
    if (crossed > probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function nextDensity(density: Density | null, border: number, look: number, looks: number): Density {
  const from = -REACH * Math.sqrt(look / looks);
  const step = (border - from) / (POINTS - 1);
  const increment = Math.sqrt(1 / looks);
  const heightAt = (score: number) =>
    density === null
      ? normalDensity(score, increment)
      : integral(density, (before) => normalDensity(score - before, increment));
  return {
    from,
    step,
    heights: Float64Array.from({ length: POINTS }, (_, index) => heightAt(from + index * step)),
  };
}

function normalDensity(value: number, deviation: number): number {
  return Math.exp(-0.5 * (value / deviation) ** 2) / (deviation * Math.sqrt(2 * Math.PI));
}

/** ∫ density · weight by Simpson's rule. */
function integral({ from, step, heights }: Density, weight: (score: number) => number): number {
  let total = 0;
  for (let index = 0; index < POINTS; index += 1) {
    const factor = index === 0 || index === POINTS - 1 ? 1 : index % 2 === 1 ? 4 : 2;
    total += factor * heights[index]! * weight(from + index * step);
  }
  return (total * step) / 3;
}
