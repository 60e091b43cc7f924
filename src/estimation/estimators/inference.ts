import type { Effect, IntervalMethod, StandardErrorMethod } from "../../domain/effect.js";
import { normalQuantile, normalTwoSided } from "../numeric/normal.js";
import { tQuantile, tTwoSided } from "../numeric/student-t.js";

export interface IntervalOptions {
  readonly method: Extract<IntervalMethod, "normal" | "t">;
  /** Confidence level, for example 0.95. */
  readonly level: number;
}

/** A standard error with its degrees of freedom, or why there is none. */
export type Uncertainty =
  | { readonly standardError: number; readonly degrees: number; readonly method: StandardErrorMethod }
  | { readonly standardError: null; readonly reason: string; readonly method: StandardErrorMethod };

/** What an effect says about its uncertainty. */
export type Inference = Pick<
  Effect,
  | "standardError"
  | "interval"
  | "pValue"
  | "df"
  | "standardErrorMethod"
  | "intervalMethod"
  | "inferenceReason"
>;

/** Interval and two-sided p-value of an estimate. An estimate without spread has an interval of no width, and p-value 0 unless it is 0. */
export function infer(value: number, uncertainty: Uncertainty, options: IntervalOptions): Inference {
  const methods = { standardErrorMethod: uncertainty.method, intervalMethod: options.method };
  if (uncertainty.standardError === null) {
    return {
      ...methods,
      standardError: null,
      interval: null,
      pValue: null,
      df: null,
      inferenceReason: uncertainty.reason,
    };
  }
  const { standardError, degrees } = uncertainty;
  const upper = (1 + options.level) / 2;
  const reach = standardError * (options.method === "t" ? tQuantile(upper, degrees) : normalQuantile(upper));
  return {
    ...methods,
    standardError,
    interval: { low: value - reach, high: value + reach, level: options.level },
    pValue: pValue(value, standardError, degrees, options.method),
    df: degrees,
    inferenceReason: null,
  };
}

function pValue(
  value: number,
  standardError: number,
  degrees: number,
  method: IntervalOptions["method"],
): number {
  if (standardError === 0) return value === 0 ? 1 : 0;
  const statistic = value / standardError;
  return method === "t" ? tTwoSided(statistic, degrees) : normalTwoSided(statistic);
}
