import { tQuantile } from "../numeric/student-t.js";
import { type RowFacts, type RowScale, rowOf, type SensitivityRow } from "./row.js";

/** What an effect is known by, for its tipping point. In reward units. */
export interface KnownEffect {
  readonly value: number;
  readonly standardError: number;
  readonly degrees: number;
  readonly n: number;
}

/**
 * How large a one-sided side effect of the rewriter that nobody measured would have to be to explain the effect away: the nearer end of its interval,
 * in standard deviations of the reward, 0 where the interval holds 0. Beside it the largest contribution of a measured side effect, and the
 * robustness value RV = ½(√(f⁴ + 4f²) − f²), f = |t|/√df: the share of the remaining spread of differences and of the rewriter's side that it
 * would have to explain (Cinelli & Hazlett 2020), also for bringing the interval's end to 0 (`robustness_value_alpha`, with f less
 * t*(df − 1)/√(df − 1)).
 */
export function tippingPoint(
  facts: Pick<RowFacts, "estimand">,
  effect: KnownEffect,
  contributions: Readonly<Record<string, number>> | null,
  scale: RowScale,
): SensitivityRow {
  const { value, standardError, degrees, n } = effect;
  const half = tQuantile(0.5 + scale.level / 2, degrees) * standardError;
  const nearest = Math.sign(value) * Math.max(0, Math.abs(value) - half);
  const largest = Object.entries(contributions ?? {}).sort(
    ([, one], [, other]) => Math.abs(other) - Math.abs(one),
  )[0];
  const sd = (amount: number) => (scale.rewardStd ? amount / scale.rewardStd : null);
  return {
    ...rowOf(
      {
        name: "tipping_point",
        estimand: facts.estimand,
        n,
        assumes: "nothing",
        note:
          nearest === 0
            ? "the interval holds no effect already"
            : `it would take an unmeasured one-sided change worth ${inUnits(Math.abs(nearest), scale)} to explain this away${
                largest
                  ? `; the largest measured one (${largest[0].replaceAll("_", " ")}) is worth ${inUnits(Math.abs(largest[1]), scale)}`
                  : ""
              }`,
        details: {
          robustness_value: robustnessValue(Math.abs(value / standardError) / Math.sqrt(degrees)),
          robustness_value_alpha: robustnessAlpha(value / standardError, degrees, 1 - scale.level),
          largest_measured: largest ? largest[1] : null,
          largest_measured_sd: largest ? sd(largest[1]) : null,
        },
      },
      nearest,
      null,
      scale,
    ),
  };
}

function inUnits(amount: number, { rewardStd }: RowScale): string {
  return rewardStd ? `${(amount / rewardStd).toFixed(2)} sd` : `${amount.toPrecision(2)} reward units`;
}

/** RV for a partial Cohen's f, 0 to 1. */
export function robustnessValue(f: number): number {
  return f <= 0 ? 0 : (Math.sqrt(f ** 4 + 4 * f ** 2) - f ** 2) / 2;
}

/** RV for bringing the estimate to where its two-sided p-value reaches `alpha`. */
export function robustnessAlpha(t: number, degrees: number, alpha: number): number | null {
  if (!(degrees > 1)) return null;
  const critical = tQuantile(1 - alpha / 2, degrees - 1) / Math.sqrt(degrees - 1);
  return robustnessValue(Math.abs(t) / Math.sqrt(degrees) - critical);
}
