import { normalQuantile, normalUpperTail } from "../numeric/normal.js";
import { examplesToDecide } from "./equivalence.js";

/** What a study is to reach; exactly one of them. */
export type Goal =
  | { readonly standardError: number }
  | { readonly intervalWidth: number }
  | { readonly power: number; readonly effect: number }
  /** That the equivalence test with size `alpha` decides whether the effect lies within ±`within`. */
  | { readonly within: number; readonly power: number; readonly effect: number; readonly alpha: number };

export interface Plan {
  /** Examples needed. */
  readonly examples: number;
  readonly standardError: number;
  /** Width of the interval, upper less lower end. */
  readonly intervalWidth: number;
  /** Chance, if the effect is as large as named, of an interval that excludes 0, or of a decision at least as asked for; null without one. */
  readonly power: number | null;
}

/**
 * How many examples bring RATE's ATE to a goal, if the paired differences have the standard deviation `deviation` (in the goal's unit): the standard error is
 * deviation/√n, and the power that of the two-sided normal test. Throws a RangeError on goals that cannot be reached.
 *
 * @example
 * planStudy({ intervalWidth: 0.05 }, 0.4, 0.95).examples;
 */
export function planStudy(goal: Goal, deviation: number, level: number): Plan {
  if (!(deviation > 0))
    throw new RangeError("planStudy requires a positive standard deviation of the differences");
  const z = normalQuantile((1 + level) / 2);
  const examples = Math.max(2, Math.ceil(examplesFor(goal, deviation, z)));
  const standardError = deviation / Math.sqrt(examples);
  return {
    examples,
    standardError,
    intervalWidth: 2 * z * standardError,
    power: "within" in goal ? goal.power : "effect" in goal ? powerAt(goal.effect, standardError, z) : null,
  };
}

function examplesFor(goal: Goal, deviation: number, z: number): number {
  if ("standardError" in goal) return (deviation / positive(goal.standardError)) ** 2;
  if ("intervalWidth" in goal) return ((2 * z * deviation) / positive(goal.intervalWidth)) ** 2;
  if ("within" in goal) {
    const limits = { low: -positive(goal.within), high: goal.within };
    const examples = examplesToDecide(goal.effect, deviation, limits, goal);
    if (examples !== null) return examples;
    throw new RangeError(
      "planStudy requires an effect off the limits: on one, no number of examples decides",
    );
  }
  if (!(goal.power > 0 && goal.power < 1) || goal.effect === 0) {
    throw new RangeError("planStudy requires a power between 0 and 1 and an effect other than 0");
  }
  let [low, high] = [1, 2];
  while (powerAt(goal.effect, deviation / Math.sqrt(high), z) < goal.power) high *= 2;
  low = high / 2;
  while (high - low > 0.5) {
    const middle = (low + high) / 2;
    if (powerAt(goal.effect, deviation / Math.sqrt(middle), z) < goal.power) low = middle;
    else high = middle;
  }
  return high;
}

function powerAt(effect: number, standardError: number, z: number): number {
  const shift = Math.abs(effect) / standardError;
  return normalUpperTail(z - shift) + normalUpperTail(z + shift);
}

function positive(value: number): number {
  if (value > 0) return value;
  throw new RangeError("planStudy requires a goal above 0");
}

/** What the rewrites of n examples cost: two requests each, priced per million tokens. */
export function rewriteCost(
  examples: number,
  tokens: { readonly prompt: number; readonly completion: number },
  prices: { readonly promptPerMillion: number; readonly completionPerMillion: number },
): number {
  return (
    (2 *
      examples *
      (tokens.prompt * prices.promptPerMillion + tokens.completion * prices.completionPerMillion)) /
    1e6
  );
}
