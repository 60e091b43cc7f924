import { logGamma } from "./gamma.js";
import { type RandomSource, uniform } from "./random.js";

/**
 * A binomial number by inversion, exact up to rounding: probabilities are used up from the mode outwards, which takes about as many
 * steps as the distribution's standard deviation.
 */
export function binomial(trials: number, probability: number, random: RandomSource): number {
  if (trials === 0 || probability <= 0) return 0;
  if (probability >= 1) return trials;
  const odds = probability / (1 - probability);
  const mode = Math.min(trials, Math.floor((trials + 1) * probability));
  const logMode =
    logGamma(trials + 1) -
    logGamma(mode + 1) -
    logGamma(trials - mode + 1) +
    mode * Math.log(probability) +
    (trials - mode) * Math.log1p(-probability);
  let left = uniform(random) - Math.exp(logMode);
  if (left < 0) return mode;
  let [low, high] = [mode, mode];
  let [lowMass, highMass] = [Math.exp(logMode), Math.exp(logMode)];
  while (low > 0 || high < trials) {
    if (high < trials) {
      highMass *= ((trials - high) / (high + 1)) * odds;
      high += 1;
      left -= highMass;
      if (left < 0) return high;
    }
    if (low > 0) {
      lowMass *= low / ((trials - low + 1) * odds);
      low -= 1;
      left -= lowMass;
      if (left < 0) return low;
    }
    if (highMass === 0 && lowMass === 0) break;
  }
  return mode;
}
