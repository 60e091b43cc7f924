import { tTestPower } from "../numeric/noncentral-t.js";
import { tQuantile } from "../numeric/student-t.js";
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

/** What a pilot tells of the error that n examples have. */
export interface PilotSpread {
  /** Standard error times √n. With clusters it holds what they have in common, if the study's clusters are like the pilot's. */
  readonly deviation: number;
  /** Degrees of freedom that an example brings: 1, or fewer with clusters. */
  readonly degreesEach?: number;
}

/**
 * How many examples bring RATE's ATE to a goal (in the goal's unit): the standard error is deviation/√n; intervals are Student's t, and the power that of
 * the two-sided t test (noncentral t). Throws a RangeError on goals that cannot be reached.
 *
 * @example
 * planStudy({ intervalWidth: 0.05 }, { deviation: 0.4 }, 0.95).examples;
 */
export function planStudy(goal: Goal, { deviation, degreesEach = 1 }: PilotSpread, level: number): Plan {
  if (!(deviation > 0))
    throw new RangeError("planStudy requires a positive standard deviation of the differences");
  const errorOf = (n: number) => deviation / Math.sqrt(n);
  const degreesOf = (n: number) => Math.max(1, degreesEach * n - 1);
  const widthOf = (n: number) => 2 * errorOf(n) * tQuantile((1 + level) / 2, degreesOf(n));
  const powerOf = (n: number, effect: number) =>
    tTestPower(Math.abs(effect) / errorOf(n), degreesOf(n), level);
  const examples = examplesFor(goal, deviation, { widthOf, powerOf });
  return {
    examples,
    standardError: errorOf(examples),
    intervalWidth: widthOf(examples),
    power: "within" in goal ? goal.power : "effect" in goal ? powerOf(examples, goal.effect) : null,
  };
}

interface Reached {
  readonly widthOf: (n: number) => number;
  readonly powerOf: (n: number, effect: number) => number;
}

function examplesFor(goal: Goal, deviation: number, { widthOf, powerOf }: Reached): number {
  if ("standardError" in goal) return Math.max(2, Math.ceil((deviation / positive(goal.standardError)) ** 2));
  if ("intervalWidth" in goal) {
    const width = positive(goal.intervalWidth);
    return fewest((n) => widthOf(n) <= width);
  }
  if ("within" in goal) {
    const limits = { low: -positive(goal.within), high: goal.within };
    const examples = examplesToDecide(goal.effect, deviation, limits, goal);
    if (examples !== null) return Math.max(2, examples);
    throw new RangeError(
      "planStudy requires an effect off the limits: on one, no number of examples decides",
    );
  }
  if (!(goal.power > 0 && goal.power < 1) || goal.effect === 0)
    throw new RangeError("planStudy requires a power between 0 and 1 and an effect other than 0");
  return fewest((n) => powerOf(n, goal.effect) >= goal.power);
}

/** More examples than this are no plan. */
const MOST_EXAMPLES = 1e12;

/** The fewest examples, at least two, that are enough. */
function fewest(isEnough: (n: number) => boolean): number {
  let high = 2;
  while (!isEnough(high)) {
    high *= 2;
    if (high > MOST_EXAMPLES) throw new RangeError("planStudy requires a goal that can be reached");
  }
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
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
