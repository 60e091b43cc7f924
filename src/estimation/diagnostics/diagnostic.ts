import type { Effect } from "../../domain/effect.js";
import type { RewardTable, Texts } from "../../domain/example.js";
import type { EffectSummary } from "../estimators/estimate-effects.js";

/** One check of the assumptions: a number, the threshold it is held against, and what it means. */
export interface Diagnostic {
  readonly name: string;
  /** Null when the data cannot say; the sentence tells why. */
  readonly value: number | null;
  readonly threshold: number | null;
  /** Whether a reader should be warned. */
  readonly warns: boolean;
  readonly sentence: string;
}

/** What is given to the checks. */
export interface Given {
  readonly table: RewardTable;
  readonly summary: EffectSummary;
  /** By row: 0 unknown, 1 succeeded, 2 failed. */
  readonly flipOf: { readonly rewrite: Uint8Array; readonly rewriteOfRewrite: Uint8Array };
  /** Share of examples whose two rewrites have the same reward; null without examples. */
  readonly tieRate: number | null;
  /** Rewards of rewrites that were asked to change nothing; NaN where there is none, and empty where there are none at all. */
  readonly placebo: Float64Array;
  readonly withoutRewards: { readonly treated: number; readonly untreated: number };
  readonly failures: Readonly<Record<string, { readonly treated: number; readonly untreated: number }>>;
  /** Examples with a text that was cut to fit the reward model. */
  readonly truncated: number;
  readonly sample: readonly { readonly texts: Texts }[];
  readonly seed: number;
}

/** The same with what several checks need. */
export interface Evidence extends Given {
  /** R(do W = 1) − R(do W = 0) of each row, by the two rewrites. */
  readonly differences: Float64Array;
  /** RATE's ATE; null when there is none. */
  readonly effect: Effect | null;
}

export function percentText(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
