import type { Estimand } from "../../domain/effect.js";
import { tQuantile } from "../numeric/student-t.js";

/** Names of the sensitivity analyses, as files spell them. */
export type SensitivityName =
  | "per_achieved_flip"
  | "dose_slope"
  | "dose_intercept"
  | "off_target_adjusted"
  | "off_target_balance"
  | "tipping_point"
  | "equal_arms"
  | "three_pass"
  | "three_pass_stability"
  | "rewriters"
  | "gold_twins"
  | "gold_bias"
  | "repeats"
  | "policy_weighted"
  | "reference";

/**
 * One way to ask whether the attribute or the rewriter made the effect. It stands beside the main estimate and never replaces it. Values are
 * in reward units unless `note` says otherwise.
 */
export interface SensitivityRow {
  readonly name: SensitivityName;
  readonly estimand: Estimand;
  readonly value: number | null;
  readonly standardError: number | null;
  readonly degrees: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Whether the interval has no end: the data do not bound the value. */
  readonly unbounded?: boolean;
  /** `value` in standard deviations of the reward; null where the value is not in reward units or there is no spread. */
  readonly effectSize: number | null;
  readonly n: number;
  /** What has to hold for the value to mean what its name says. */
  readonly assumes: string;
  /** What the reader should know besides; null when nothing. */
  readonly note: string | null;
  /** What the row is about where there are several of one name: a measure, a rewriter, a number of samples. */
  readonly of?: string;
  /** Further numbers of the analysis, by name in snake_case. */
  readonly details?: Readonly<Record<string, number | null>>;
}

/** What the rows of one analysis share. */
export interface RowFacts {
  readonly name: SensitivityName;
  readonly estimand: Estimand;
  readonly n: number;
  readonly assumes: string;
  readonly note?: string | null;
  readonly of?: string;
  readonly details?: Readonly<Record<string, number | null>>;
}

/** How results become rows: the level of intervals, and the scale of effect sizes (null where there is none). */
export interface RowScale {
  readonly level: number;
  readonly rewardStd: number | null;
}

/** A value with Student's t interval. No standard error, no interval. */
export function rowOf(
  facts: RowFacts,
  value: number | null,
  error: { readonly standardError: number; readonly degrees: number } | null,
  { level, rewardStd }: RowScale,
): SensitivityRow {
  const { note = null, ...rest } = facts;
  const half =
    error && value !== null && error.degrees > 0 && Number.isFinite(error.standardError)
      ? tQuantile(0.5 + level / 2, error.degrees) * error.standardError
      : null;
  return {
    ...rest,
    value,
    standardError: error?.standardError ?? null,
    degrees: error?.degrees ?? null,
    low: half === null ? null : value! - half,
    high: half === null ? null : value! + half,
    effectSize: value !== null && rewardStd !== null && rewardStd > 0 ? value / rewardStd : null,
    note,
  };
}
