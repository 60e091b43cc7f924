/** Estimates as rows: one for each estimator and estimand. */

export const ESTIMATORS = ["naive", "single_rewrite", "rate"] as const;
export type Estimator = (typeof ESTIMATORS)[number];

export const ESTIMANDS = ["ate", "att", "atu"] as const;
export type Estimand = (typeof ESTIMANDS)[number];

/** How the standard error was computed. */
export type StandardErrorMethod = "paired" | "unpaired" | "cluster" | "two_sample";

/** How the interval was computed. */
export type IntervalMethod = "normal" | "t" | "percentile" | "bca";

/** An effect divided by the standard deviation of the reward, with the uncertainty of both. */
export interface EffectSize {
  readonly value: number;
  readonly standardError: number | null;
  readonly interval: Interval | null;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

/** An estimate that exists. Units are those of the reward. */
export interface Effect {
  readonly estimator: Estimator;
  readonly estimand: Estimand;
  readonly value: number;
  /** Null when there are too few examples for one (a single pair, say); then so are interval and p-value. */
  readonly standardError: number | null;
  readonly interval: Interval | null;
  /** Two-sided, against no effect. */
  readonly pValue: number | null;
  readonly standardErrorMethod: StandardErrorMethod;
  readonly intervalMethod: IntervalMethod;
  /** Examples that entered, and of these the treated and the untreated ones. */
  readonly n: number;
  readonly treatedCount: number;
  readonly untreatedCount: number;
  /** The effect in standard deviations of the reward; null when the rewards have no spread. */
  readonly effectSize: EffectSize | null;
  /** Null when `standardError` is present; else why it, the interval and the p-value are not. */
  readonly inferenceReason: string | null;
}

/** An estimate that cannot be computed, and why. */
export interface MissingEffect {
  readonly estimator: Estimator;
  readonly estimand: Estimand;
  readonly value: null;
  readonly reason: string;
}

export type EffectRow = Effect | MissingEffect;
