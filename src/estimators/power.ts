import { normalQuantile, normalUpperTail } from "../stats/normal.js";

/** What a study is to reach; exactly one of them. */
export type Goal =
  | { readonly standardError: number }
  | { readonly intervalWidth: number }
  | { readonly power: number; readonly effect: number };

export interface Plan {
  /** Examples needed. */
  readonly examples: number;
  readonly standardError: number;
  /** Width of the interval, upper less lower end. */
  readonly intervalWidth: number;
  /** Chance of an interval that excludes 0, if the effect is as large as named; null without one. */
  readonly power: number | null;
}

/**
 * How many examples bring RATE's ATE to a goal, if the paired differences have the standard deviation `deviation` (in the goal's unit): the standard error is
 * deviation/√n, and the power that of the two-sided normal test. Throws a RangeError on goals that cannot be reached.
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
    power: "effect" in goal ? powerAt(goal.effect, standardError, z) : null,
  };
}

function examplesFor(goal: Goal, deviation: number, z: number): number {
  if ("standardError" in goal) return (deviation / positive(goal.standardError)) ** 2;
  if ("intervalWidth" in goal) return ((2 * z * deviation) / positive(goal.intervalWidth)) ** 2;
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
