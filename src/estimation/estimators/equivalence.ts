import { normalQuantile, normalUpperTail } from "../numeric/normal.js";
import { tQuantile, tTwoSided } from "../numeric/student-t.js";

/** Where an effect is to lie, in the effect's unit; −∞ or ∞ where there is no limit on that side. */
export interface Limits {
  readonly low: number;
  readonly high: number;
}

/** An estimate as a test against limits needs it. */
export interface Estimate {
  readonly value: number;
  /** Null when there are too few examples for one. */
  readonly standardError: number | null;
  readonly degrees: number;
  /** Examples that entered. */
  readonly n: number;
}

export interface TestOptions {
  /** Size of each of the two one-sided tests: the chance, at most, to pass an effect that lies on a limit or beyond. */
  readonly alpha: number;
}

/** `pass`: shown to lie inside the limits. `fail`: shown to lie outside. `undecided`: neither is shown. */
export type Verdict = "pass" | "fail" | "undecided";

export interface LimitTest {
  readonly verdict: Verdict;
  /** The interval with level 1 − 2α; null without a standard error. */
  readonly low: number | null;
  readonly high: number | null;
  readonly level: number;
  /** Of the equivalence test: the larger of the two one-sided p-values. Below α is the same as `pass`. */
  readonly pValue: number | null;
}

/**
 * The two one-sided tests of Schuirmann (1987, "A comparison of the two one-sided tests procedure and the power approach for assessing the equivalence of average
 * bioavailability", J. Pharmacokin. Biopharm. 15) by their interval: value ± t(1 − α, degrees) · standard error. The effect passes when the interval lies inside the
 * limits: then both θ ≤ low and θ ≥ high are rejected at α. It fails when the interval lies outside: then the one-sided test against the limit it has crossed
 * rejects at α. Each wrong decision has probability α at most, reached at a limit.
 *
 * @example
 * const estimate = { value: 0.02, standardError: 0.01, degrees: 400, n: 401 };
 * testLimits(estimate, { low: -0.1, high: 0.1 }, { alpha: 0.05 }).verdict; // "pass"
 */
export function testLimits(estimate: Estimate, limits: Limits, { alpha }: TestOptions): LimitTest {
  if (!(limits.low < limits.high))
    throw new RangeError(
      `testLimits requires a low limit below the high one, got ${limits.low} and ${limits.high}`,
    );
  const { value, standardError, degrees } = estimate;
  const level = 1 - 2 * alpha;
  if (standardError === null) return { verdict: "undecided", low: null, high: null, level, pValue: null };
  const reach = standardError === 0 ? 0 : standardError * tQuantile(1 - alpha, degrees);
  const [low, high] = [value - reach, value + reach];
  const verdict =
    low > limits.low && high < limits.high
      ? "pass"
      : high < limits.low || low > limits.high
        ? "fail"
        : "undecided";
  return {
    verdict,
    low,
    high,
    level,
    pValue: Math.max(
      upperTail(value - limits.low, standardError, degrees),
      upperTail(limits.high - value, standardError, degrees),
    ),
  };
}

/** P(T > distance/error): against the effect lying on the limit at that distance. */
function upperTail(distance: number, error: number, degrees: number): number {
  if (!Number.isFinite(distance)) return 0;
  if (error === 0) return distance > 0 ? 0 : 1;
  const tail = tTwoSided(distance / error, degrees) / 2;
  return distance > 0 ? tail : 1 - tail;
}

/** More examples than this are no answer. */
const MOST_EXAMPLES = 1e12;

/**
 * The fewest examples with which the test decides with probability `power`, when the effect is `value` and an example's part in it has the standard deviation
 * `deviation`: to pass for an effect inside the limits, to fail for one outside. With e = deviation/√n and the critical value t the chance to pass is
 * Φ((high − value)/e − t) + Φ((value − low)/e − t) − 1, and the chance to fail beyond a limit at distance d is Φ(d/e − t) (Chow, Shao and Wang, "Sample Size
 * Calculations in Clinical Research", section 3.1, with t in place of the normal quantile). Null when the effect lies on a limit, where no number decides.
 *
 * @example
 * // An effect of 0, spread 0.4 an example, limits of ±0.1, at the usual chance of a decision:
 * examplesToDecide(0, 0.4, { low: -0.1, high: 0.1 }, { alpha: 0.05, power: 0.8 });
 */
export function examplesToDecide(
  value: number,
  deviation: number,
  limits: Limits,
  { alpha, power }: TestOptions & { readonly power: number },
): number | null {
  const chance = (n: number) => {
    const error = deviation / Math.sqrt(n);
    const critical = criticalValue(alpha, n);
    const below = (distance: number) => normalUpperTail(critical - distance / error);
    if (value > limits.high) return below(value - limits.high);
    if (value < limits.low) return below(limits.low - value);
    return below(limits.high - value) + below(value - limits.low) - 1;
  };
  let high = 2;
  while (chance(high) < power) {
    high *= 2;
    if (high > MOST_EXAMPLES) return null;
  }
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (chance(middle) < power) low = middle;
    else high = middle;
  }
  return high;
}

/** The t quantile; from ten thousand examples on the normal one, which then is the same to four digits. */
function criticalValue(alpha: number, n: number): number {
  return n < 10_000 ? tQuantile(1 - alpha, n - 1) : normalQuantile(1 - alpha);
}
