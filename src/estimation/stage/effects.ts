import { basename } from "node:path";
import type { IntervalMethod } from "../../domain/effect.js";
import type { ColumnNames } from "../../storage/examples/layout.js";
import { readScored, type ScoredQuery, type ScoredTable } from "../../storage/examples/scored.js";
import type { Context } from "../../storage/project/context.js";
import { type Diagnostic, diagnose } from "../diagnostics/index.js";
import { summarizeReplicates } from "../estimators/bootstrap-intervals.js";
import { type EffectSummary, type EstimateOptions, estimateEffects } from "../estimators/estimate-effects.js";
import { type OutsideFacts, pairsThatFlipped } from "../estimators/facts.js";
import { compareWithHumans, type Preferences, preferencesOf } from "../estimators/preferences.js";
import { estimateSubgroups } from "../estimators/subgroups.js";
import { withBootstrap } from "../estimators/with-bootstrap.js";
import { type EffectsExtras, type EffectsFile, effectsFile, estimateRows } from "../files/effects-file.js";
import { heterogeneityInFile } from "../files/study-rows.js";
import type { Proportion } from "../numeric/proportion.js";
import { rateDifferences } from "../sensitivity/differences.js";
import type { SensitivityRow } from "../sensitivity/row.js";
import { preferenceProbability } from "../sensitivity/units.js";
import { drawReplicates } from "./bootstrap.js";
import { sensitivityOf } from "./sensitivity.js";

/** How uncertainty is expressed, and what is looked at besides. */
export interface Inference {
  readonly standardError: "paired" | "unpaired";
  readonly interval: IntervalMethod;
  readonly level: number;
  /** Effect sizes within ± this count as negligible. */
  readonly negligible: number;
  readonly clusterBy: string | null;
  /** Replicates of the bootstrap, for percentile and BCa intervals. */
  readonly bootstrap: number;
  readonly seed: number;
  /** Field whose values make subgroups. */
  readonly groupBy: string | null;
  /** Field with the text that people preferred. */
  readonly humanKey: string | null;
  /** The columns of scores made elsewhere, where the usual names do not tell them. */
  readonly columns: ColumnNames | null;
  /** How much is done to bound the effect: `auto` what costs little, `all` whatever the data allow, `off` nothing. */
  readonly sensitivity: "auto" | "all" | "off";
  /** Reward key, in the same file, of what is wanted: the effect is compared with its effect. */
  readonly reference: string | null;
}

export interface EstimateWork {
  readonly scored: string;
  /** Null takes the only reward key there is. */
  readonly rewardKey: string | null;
  readonly textKeys?: ScoredQuery["textKeys"];
  readonly dataset: string | null;
  readonly concept: string | null;
  readonly score: string | null;
  /** The configuration's folder below the project's scored files. */
  readonly folder?: string | null;
  /** How the attribute calls its two values, where that is known. */
  readonly labels?: EffectsFile["labels"];
  readonly inference: Inference;
}

export interface EffectsResult {
  readonly effects: EffectsFile;
  readonly summary: EffectSummary;
  readonly scored: ScoredTable;
}

/** Reads a scored file and estimates the effects under one reward model. Writes nothing. */
export async function estimate(work: EstimateWork): Promise<EffectsResult> {
  const { inference } = work;
  const scored = await readScored(work.scored, {
    rewardKey: work.rewardKey,
    textKeys: work.textKeys,
    columns: inference.columns,
    clusterBy: inference.clusterBy,
    groupBy: inference.groupBy,
    humanKey: inference.humanKey,
  });
  const summary = await summarize(scored, inference);
  const { table, flipOf, placebo, withoutRewards, failures, truncated, sample } = scored;
  const preferences = preferencesOf(table, inference.level);
  const diagnostics = diagnose({
    table,
    summary,
    flipOf,
    tieRate: preferences.tie?.value ?? null,
    placebo,
    withoutRewards,
    failures,
    truncated,
    sample,
    seed: inference.seed,
  });
  const sensitivity = await boundsOf(work, scored, summary);
  return {
    scored,
    summary,
    effects: fileOf(work, scored, { summary, preferences, diagnostics, sensitivity }),
  };
}

/** What bounds the effect, or measures what the rewriter adds. */
async function boundsOf(
  { scored: path, concept, inference, textKeys }: EstimateWork,
  scored: ScoredTable,
  summary: EffectSummary,
): Promise<readonly SensitivityRow[]> {
  const { sensitivity: extent, reference: name, level, clusterBy } = inference;
  if (extent === "off") return [];
  const work = { path, scored, summary, attribute: concept, level, extent };
  if (name === null || name === scored.rewardKey) return sensitivityOf(work);
  const theirs = await readScored(path, {
    rewardKey: name,
    textKeys,
    columns: inference.columns,
    clusterBy,
    groupBy: null,
    humanKey: null,
  });
  const rewardStd = estimateEffects(theirs.table).rewardStd.value;
  return sensitivityOf({ ...work, reference: { name, scored: theirs, rewardStd } });
}

/**
 * Estimates, and writes the effects file to the project. Returns its path too; what nobody has named is no part of
 * the file's name, and the reward key stands for a model without a name.
 */
export async function estimateFile(
  work: EstimateWork & { readonly dataset: string },
  { project, stamp }: Pick<Context, "project" | "stamp">,
): Promise<EffectsResult & { readonly path: string }> {
  const result = await estimate(work);
  const path = project.effects(work.dataset, work.concept, work.score ?? result.effects.reward_key, stamp);
  await project.writeJson(path, result.effects);
  return { ...result, path };
}

/** The options of the formulas; the bootstrap's intervals come on top of those of t. */
export function formulaOptions({ standardError, interval, level, negligible }: Inference) {
  const method = interval === "normal" ? "normal" : "t";
  return { standardError, interval: { method, level }, negligible } as const satisfies EstimateOptions;
}

async function summarize(scored: ScoredTable, inference: Inference): Promise<EffectSummary> {
  const { table } = scored;
  const facts = outsideFacts(scored);
  const summary = estimateEffects(table, { ...formulaOptions(inference), facts });
  const { interval: method, level } = inference;
  if (method !== "percentile" && method !== "bca") return summary;
  const replicates = await drawReplicates(table, inference.bootstrap, inference.seed);
  return withBootstrap(summary, summarizeReplicates(table, replicates, { method, level }), { method, level });
}

/** What the file says of its examples beside their rewards. */
function outsideFacts({ table, withoutRewards, flipOf, sample }: ScoredTable): OutsideFacts {
  return {
    missing: withoutRewards,
    flips: pairsThatFlipped(table.treated, flipOf),
    textsDiffer:
      sample.length === 0 ? null : sample.some(({ texts }) => texts.rewrite !== texts.rewriteOfRewrite),
  };
}

function fileOf(
  work: EstimateWork,
  scored: ScoredTable,
  found: {
    readonly summary: EffectSummary;
    readonly preferences: Preferences;
    readonly diagnostics: readonly Diagnostic[];
    readonly sensitivity: readonly SensitivityRow[];
  },
): EffectsFile {
  const { inference, textKeys } = work;
  const { flips, withoutRewards } = scored;
  const { summary, preferences, diagnostics, sensitivity } = found;
  const resampled = inference.interval === "percentile" || inference.interval === "bca";
  return effectsFile(
    summary,
    {
      dataset_name: work.dataset,
      concept: work.concept,
      score: work.score,
      labels: work.labels ?? null,
      reward_key: scored.rewardKey,
      dataset_filename: basename(work.scored),
      dataset_folder: work.folder ?? null,
      ...(inference.columns && { columns: inference.columns }),
      ...(textKeys?.original !== undefined && { w_original_key: textKeys.original }),
      ...(textKeys?.rewrite !== undefined && { w_counterfactual_key: textKeys.rewrite }),
      ...(textKeys?.rewriteOfRewrite !== undefined && { w_rewritten_rewrite_key: textKeys.rewriteOfRewrite }),
    },
    {
      standardError: inference.clusterBy === null ? inference.standardError : "cluster",
      intervalMethod: inference.interval,
      level: inference.level,
      clusterBy: inference.clusterBy,
      bootstrap: resampled ? { replicates: inference.bootstrap, seed: inference.seed } : null,
      withoutRewards,
      flips: flips && {
        rewrite: { to_w_1: flips.rewrite.toTreated, to_w_0: flips.rewrite.toUntreated },
        rewritten_rewrite: {
          to_w_1: flips.rewriteOfRewrite.toTreated,
          to_w_0: flips.rewriteOfRewrite.toUntreated,
        },
      },
      diagnostics: diagnostics.map(({ name, value, threshold, warns, sentence }) => ({
        name,
        value,
        threshold,
        warns,
        sentence,
      })),
      warnings: diagnostics.filter(({ warns }) => warns).map(({ sentence }) => sentence),
      sensitivity,
      preferenceProbability:
        scored.table.treated.length === 0 ? null : preferenceProbability(rateDifferences(scored.table)),
      ...preferenceKeys(preferences, scored, inference),
      ...subgroupKeys(scored, inference),
    },
  );
}

function preferenceKeys(
  { preference, tie }: Preferences,
  { table, human }: ScoredTable,
  { level }: Inference,
): Pick<EffectsExtras, "preferences" | "human"> {
  const preferences = { ...rate("preference_rate", preference), ...rate("tie_rate", tie) };
  if (!human) return { preferences, human: null };
  const compared = compareWithHumans(table, human, level);
  const { n, humanPreference, modelPreference, disagreement } = compared;
  return {
    preferences,
    human: {
      n,
      ...rate("human_preference_rate", humanPreference),
      ...rate("model_preference_rate", modelPreference),
      ...rate("disagreement_rate", disagreement),
      ...rate("model_preference_strict_rate", compared.strictModelPreference),
      ...rate("disagreement_strict_rate", compared.strictDisagreement),
    },
  };
}

/** A share with its Wilson interval, as keys of the file. */
function rate<Name extends string>(name: Name, share: Proportion | null) {
  const keys = {
    [name]: share?.value ?? null,
    [`${name}_ci_low`]: share?.low ?? null,
    [`${name}_ci_high`]: share?.high ?? null,
  };
  return keys as Record<Name | `${Name}_ci_low` | `${Name}_ci_high`, number | null>;
}

function subgroupKeys(
  { table, groups }: ScoredTable,
  inference: Inference,
): Pick<EffectsExtras, "subgroups"> {
  if (!groups) return { subgroups: null };
  const found = estimateSubgroups(table, groups, formulaOptions(inference));
  return {
    subgroups: {
      by: inference.groupBy!,
      groups: found.groups.map(({ name, summary }) => ({
        name,
        reward_std: summary.rewardStd.value,
        estimates: estimateRows(summary),
      })),
      heterogeneity: heterogeneityInFile(found.heterogeneity),
    },
  };
}
