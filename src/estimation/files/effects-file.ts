import type { Effect, EffectRow, Estimand } from "../../domain/effect.js";
import { type Attrition, attritionOf } from "../estimators/attrition.js";
import type { EffectSummary } from "../estimators/estimate-effects.js";
import type { SensitivityRow } from "../sensitivity/row.js";
import type {
  DiagnosticInFile,
  EffectsFile,
  EffectsLabels,
  EstimateRow,
  FlipsInFile,
  HumanInFile,
  SensitivityInFile,
  SubgroupsInFile,
} from "./effects-schema.js";
import { PUBLISHED_KEYS } from "./published-keys.js";

export type {
  EffectsFile,
  EffectsLabels,
  EstimateRow,
  TruthCheck,
  TruthRow,
} from "./effects-schema.js";

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
  readonly sensitivity: readonly SensitivityRow[];
  readonly preferenceProbability: number | null;
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
    rewrite_effect_w_1: summary.rewriteEffect.treated.value,
    rewrite_effect_w_1_stderr: summary.rewriteEffect.treated.standardError,
    rewrite_effect_w_0: summary.rewriteEffect.untreated.value,
    rewrite_effect_w_0_stderr: summary.rewriteEffect.untreated.standardError,
    reward_std: rewardStd.value,
    reward_std_of: rewardStd.pooledOver,
    Y1_count: summary.treatedCount,
    Y0_count: summary.untreatedCount,
    stderr_method: extras.standardError,
    ci_method: extras.intervalMethod,
    ci_level: extras.level,
    negligible: summary.negligible,
    cluster_by: extras.clusterBy,
    clusters: summary.clusterCount,
    bootstrap: extras.bootstrap,
    without_original: summary.withoutOriginal,
    without_rewards: { w_1: extras.withoutRewards.treated, w_0: extras.withoutRewards.untreated },
    attrition: attritionInFile(attritionOf(summary, extras.level)),
    flips: extras.flips,
    ...extras.preferences,
    human: extras.human,
    subgroups: extras.subgroups,
    diagnostics: extras.diagnostics,
    warnings: extras.warnings,
    estimates: estimateRows(summary),
    sensitivity: extras.sensitivity.map(sensitivityInFile),
    preference_probability: extras.preferenceProbability,
  };
}

/** A sensitivity row with the file's keys. */
function sensitivityInFile(row: SensitivityRow): SensitivityInFile {
  const { standardError, degrees, low, high, effectSize, ...same } = row;
  return { ...same, stderr: standardError, df: degrees, ci_low: low, ci_high: high, effect_size: effectSize };
}

function attritionInFile(found: Attrition | null): EffectsFile["attrition"] {
  if (!found) return null;
  const { reward, sd } = found.atAttemptedWeights ?? { reward: null, sd: null };
  return {
    attempted: { w_1: found.attempted.treated, w_0: found.attempted.untreated },
    value: reward?.value ?? null,
    stderr: reward?.standardError ?? null,
    df: reward?.df ?? null,
    ci_low: reward?.interval.low ?? null,
    ci_high: reward?.interval.high ?? null,
    effect_size: sd?.value ?? null,
    effect_size_stderr: sd?.standardError ?? null,
    effect_size_ci_low: sd?.interval.low ?? null,
    effect_size_ci_high: sd?.interval.high ?? null,
    shift: found.shift,
  };
}

/** The estimates as rows. */
export function estimateRows(summary: EffectSummary): EstimateRow[] {
  return summary.rows.map((row) => estimateRow(row, summary));
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
      df: null,
      effect_size: null,
      effect_size_stderr: null,
      effect_size_ci_low: null,
      effect_size_ci_high: null,
      effect_size_p_value: null,
      effect_size_plain_ci_low: null,
      effect_size_plain_ci_high: null,
      n: 0,
      n_treated: 0,
      n_untreated: 0,
      left_out: all,
      reason: row.reason,
      verdict: "unusable",
      verdict_reason: row.reason,
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
    df: present.df,
    effect_size: inSd(present.value),
    effect_size_stderr: present.effectSize?.standardError ?? null,
    effect_size_ci_low: present.effectSize?.interval?.low ?? null,
    effect_size_ci_high: present.effectSize?.interval?.high ?? null,
    effect_size_p_value: present.effectSize?.pValue ?? null,
    effect_size_plain_ci_low: inSd(present.interval?.low),
    effect_size_plain_ci_high: inSd(present.interval?.high),
    n: present.n,
    n_treated: present.treatedCount,
    n_untreated: present.untreatedCount,
    left_out: all - present.n,
    reason:
      present.inferenceReason ??
      (scale === null ? "the rewards have no spread, so there is no effect size" : null),
    verdict: present.verdict,
    verdict_reason: present.verdictReason,
  };
}

function inEstimand(estimand: Estimand, { treatedCount, untreatedCount }: EffectSummary): number {
  return estimand === "att"
    ? treatedCount
    : estimand === "atu"
      ? untreatedCount
      : treatedCount + untreatedCount;
}
