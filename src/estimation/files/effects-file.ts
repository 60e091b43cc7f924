import type { Effect, EffectRow, Estimand, Estimator } from "../../domain/effect.js";
import type { EffectSummary, RewriteEffect } from "../estimators/estimate-effects.js";

/** What the effects file says about itself besides the estimates. */
export interface EffectsLabels {
  readonly dataset_name: string | null;
  readonly concept: string | null;
  readonly score: string | null;
  readonly reward_key: string;
  readonly dataset_filename: string;
}

/** An estimate as a row of the file. */
export interface EstimateRow {
  readonly estimator: Estimator;
  readonly estimand: Estimand;
  readonly value: number | null;
  readonly stderr: number | null;
  readonly stderr_method: string | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly ci_level: number | null;
  readonly ci_method: string | null;
  readonly p_value: number | null;
  /** value / reward_std, with the interval that allows for reward_std being estimated (delta method, or the bootstrap). */
  readonly effect_size: number | null;
  readonly effect_size_stderr: number | null;
  readonly effect_size_ci_low: number | null;
  readonly effect_size_ci_high: number | null;
  /** The effect's own interval divided by reward_std, as if that were known. */
  readonly effect_size_plain_ci_low: number | null;
  readonly effect_size_plain_ci_high: number | null;
  readonly n: number;
  readonly n_treated: number;
  readonly n_untreated: number;
  /** Scored examples that could not enter this estimate. */
  readonly left_out: number;
  /** Why something is null; null when nothing is. */
  readonly reason: string | null;
}

/** Successful flips, by the text made and by the value of W it was to have. */
export interface FlipsInFile {
  readonly rewrite: FlipShares;
  readonly rewritten_rewrite: FlipShares;
}

interface FlipShares {
  readonly to_w_1: { readonly succeeded: number; readonly of: number };
  readonly to_w_0: { readonly succeeded: number; readonly of: number };
}

export interface DiagnosticInFile {
  readonly name: string;
  readonly value: number | null;
  readonly threshold: number | null;
  readonly warns: boolean;
  readonly sentence: string;
}

/** People's preferences and the model's, on the rows that people labelled, ties left out; every rate also with `_ci_low` and `_ci_high`. */
export type HumanInFile = {
  readonly n: number;
  readonly human_preference_rate: number | null;
  readonly model_preference_rate: number | null;
  readonly disagreement_rate: number | null;
} & { readonly [key: string]: number | null };

export interface SubgroupsInFile {
  readonly by: string;
  readonly groups: readonly {
    readonly name: string;
    readonly reward_std: number | null;
    readonly estimates: readonly EstimateRow[];
  }[];
  readonly heterogeneity: {
    readonly q: number;
    readonly degrees: number;
    readonly pValue: number;
    readonly iSquared: number;
  } | null;
}

/** A row of the comparison with a planted truth, in effect sizes. */
export interface TruthRow {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly note: string;
}

/** What each estimator makes of an effect that was planted. */
export interface TruthCheck {
  readonly title: string;
  readonly explanation: string;
  readonly rows: readonly TruthRow[];
}

/** The effects file: keys that other people's scripts read, then the same as rows. */
export type EffectsFile = EffectsLabels & {
  readonly reward_std: number | null;
  readonly reward_std_of: string;
  readonly Y1_count: number;
  readonly Y0_count: number;
  readonly stderr_method: string;
  readonly ci_method: string;
  readonly ci_level: number;
  readonly cluster_by: string | null;
  readonly clusters: number | null;
  readonly bootstrap: { readonly replicates: number; readonly seed: number } | null;
  readonly without_original: number;
  readonly without_rewards: { readonly w_1: number; readonly w_0: number };
  readonly flips: FlipsInFile | null;
  /** Share of examples whose w = 1 text of the RATE pair outscores its w = 0 text, strictly; also with `_ci_low` and `_ci_high`. */
  readonly preference_rate: number | null;
  readonly tie_rate: number | null;
  readonly human: HumanInFile | null;
  readonly subgroups: SubgroupsInFile | null;
  readonly diagnostics: readonly DiagnosticInFile[];
  readonly warnings: readonly string[];
  readonly estimates: readonly EstimateRow[];
  /** Where an effect was planted, what it is and what the estimators make of it. */
  readonly truth_check?: TruthCheck | undefined;
} & { readonly [key: string]: unknown };

/** The keys of published effects files. */
export const PUBLISHED_KEYS = {
  naive: { ate: "naive_effect", att: null, atu: null },
  single_rewrite: { ate: "ATE_single_rewrite", att: "ATT_single_rewrite", atu: "ATU_single_rewrite" },
  rate: { ate: "ATE_rewritten_rewrite", att: "ATT_rewritten_rewrite", atu: "ATU_rewritten_rewrite" },
} as const satisfies Record<Estimator, Record<Estimand, string | null>>;

export interface EffectsExtras {
  readonly standardError: string;
  readonly intervalMethod: string;
  readonly level: number;
  readonly clusterBy: string | null;
  readonly bootstrap: EffectsFile["bootstrap"];
  readonly withoutRewards: { readonly treated: number; readonly untreated: number };
  readonly flips: FlipsInFile | null;
  readonly preferences: { readonly preference_rate: number | null; readonly tie_rate: number | null };
  readonly human: HumanInFile | null;
  readonly subgroups: SubgroupsInFile | null;
  readonly diagnostics: readonly DiagnosticInFile[];
  readonly warnings: readonly string[];
}

/** Puts a summary into the file's shape. Undefined numbers are null. */
export function effectsFile(
  summary: EffectSummary,
  labels: EffectsLabels,
  extras: EffectsExtras,
): EffectsFile {
  const flat: Record<string, number | null> = {};
  for (const row of summary.rows) {
    const key = PUBLISHED_KEYS[row.estimator][row.estimand];
    if (key === null) continue;
    const effect = row.value === null ? null : row;
    flat[key] = row.value;
    flat[`${key}_stderr`] = effect?.standardError ?? null;
    flat[`${key}_ci_low`] = effect?.interval?.low ?? null;
    flat[`${key}_ci_high`] = effect?.interval?.high ?? null;
    flat[`${key}_p_value`] = effect?.pValue ?? null;
  }
  const { rewardStd } = summary;
  return {
    ...labels,
    ...flat,
    ...rewriteEffectKeys("rewrite_effect_w_1", summary.rewriteEffect.treated),
    ...rewriteEffectKeys("rewrite_effect_w_0", summary.rewriteEffect.untreated),
    reward_std: rewardStd.value,
    reward_std_of: rewardStd.pooledOver,
    Y1_count: summary.treatedCount,
    Y0_count: summary.untreatedCount,
    stderr_method: extras.standardError,
    ci_method: extras.intervalMethod,
    ci_level: extras.level,
    cluster_by: extras.clusterBy,
    clusters: summary.clusterCount,
    bootstrap: extras.bootstrap,
    without_original: summary.withoutOriginal,
    without_rewards: { w_1: extras.withoutRewards.treated, w_0: extras.withoutRewards.untreated },
    flips: extras.flips,
    ...extras.preferences,
    human: extras.human,
    subgroups: extras.subgroups,
    diagnostics: extras.diagnostics,
    warnings: extras.warnings,
    estimates: estimateRows(summary),
  };
}

/** The estimates as rows. */
export function estimateRows(summary: EffectSummary): EstimateRow[] {
  return summary.rows.map((row) => estimateRow(row, summary));
}

function rewriteEffectKeys(key: string, effect: RewriteEffect): Record<string, number | null> {
  return { [key]: effect.value, [`${key}_stderr`]: effect.standardError };
}

function estimateRow(row: EffectRow, summary: EffectSummary): EstimateRow {
  const { estimator, estimand } = row;
  const all = inEstimand(estimand, summary);
  if (row.value === null) {
    return {
      estimator,
      estimand,
      value: null,
      stderr: null,
      stderr_method: null,
      ci_low: null,
      ci_high: null,
      ci_level: null,
      ci_method: null,
      p_value: null,
      effect_size: null,
      effect_size_stderr: null,
      effect_size_ci_low: null,
      effect_size_ci_high: null,
      effect_size_plain_ci_low: null,
      effect_size_plain_ci_high: null,
      n: 0,
      n_treated: 0,
      n_untreated: 0,
      left_out: all,
      reason: row.reason,
    };
  }
  const scale = summary.rewardStd.value || null;
  const inSd = (value: number | undefined) => (value === undefined || scale === null ? null : value / scale);
  const present: Effect = row;
  return {
    estimator,
    estimand,
    value: present.value,
    stderr: present.standardError,
    stderr_method: present.standardErrorMethod,
    ci_low: present.interval?.low ?? null,
    ci_high: present.interval?.high ?? null,
    ci_level: present.interval?.level ?? null,
    ci_method: present.intervalMethod,
    p_value: present.pValue,
    effect_size: inSd(present.value),
    effect_size_stderr: present.effectSize?.standardError ?? null,
    effect_size_ci_low: present.effectSize?.interval?.low ?? null,
    effect_size_ci_high: present.effectSize?.interval?.high ?? null,
    effect_size_plain_ci_low: inSd(present.interval?.low),
    effect_size_plain_ci_high: inSd(present.interval?.high),
    n: present.n,
    n_treated: present.treatedCount,
    n_untreated: present.untreatedCount,
    left_out: all - present.n,
    reason:
      present.inferenceReason ??
      (scale === null ? "the rewards have no spread, so there is no effect size" : null),
  };
}

function inEstimand(estimand: Estimand, { treatedCount, untreatedCount }: EffectSummary): number {
  return estimand === "att"
    ? treatedCount
    : estimand === "atu"
      ? untreatedCount
      : treatedCount + untreatedCount;
}
