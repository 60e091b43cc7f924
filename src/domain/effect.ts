/** Estimates as rows: one for each estimator and estimand. */

export const ESTIMATORS = ["naive", "single_rewrite", "rate"] as const;
export type Estimator = (typeof ESTIMATORS)[number];

export const ESTIMANDS = ["ate", "att", "atu"] as const;
export type Estimand = (typeof ESTIMANDS)[number];

/** How the standard error was computed. */
export type StandardErrorMethod = "paired" | "unpaired" | "cluster" | "two_sample";

/** How the interval was computed. */
export type IntervalMethod = "normal" | "t" | "percentile" | "bca";

/** What an estimate shows, in the order in which it is decided. */
export const EFFECT_VERDICTS = ["unusable", "pays", "penalizes", "negligible", "undecided"] as const;
export type EffectVerdict = (typeof EFFECT_VERDICTS)[number];

/** One number for each arm. */
export interface ByArm {
  readonly treated: number;
  readonly untreated: number;
}

/** What a verdict needs to know of the data beside the estimate itself. */
export interface DataFacts {
  /** Examples of each arm that were to be estimated from, and how many of them have no rewards. */
  readonly attempted: ByArm;
  readonly missing: ByArm;
  /** RATE pairs by arm of the original whose two flips are both known, and those that differ in W as asked; null where none is known. */
  readonly flips: { readonly known: ByArm; readonly worked: ByArm } | null;
  /** Whether the two rewrites differ in any example looked at; null where there are no texts. */
  readonly textsDiffer: boolean | null;
  /** Whether all rewards of the table are one number. */
  readonly rewardsEqual: boolean;
  /** Standard deviations of the rewards within the arms: of the originals (null without any), and of both rewrites. */
  readonly originalsSd: number | null;
  readonly rewritesSd: number | null;
}

/** An effect divided by the standard deviation of the reward, with the uncertainty of both. */
export interface EffectSize {
  readonly value: number;
  readonly standardError: number | null;
  readonly interval: Interval | null;
  /** Two-sided, against no effect, of the same test as the interval. */
  readonly pValue: number | null;
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
  /** Degrees of freedom of the standard error, for the effect and the effect size alike; null without one. */
  readonly df: number | null;
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
  readonly verdict: EffectVerdict;
  /** Why the verdict is no more than it is; null where it needs no reason. */
  readonly verdictReason: string | null;
}

/** An estimate that cannot be computed, and why. */
export interface MissingEffect {
  readonly estimator: Estimator;
  readonly estimand: Estimand;
  readonly value: null;
  readonly reason: string;
}

export type EffectRow = Effect | MissingEffect;
