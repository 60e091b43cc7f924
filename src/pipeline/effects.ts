import { basename } from "node:path";
import { readScored, type ScoredQuery, type ScoredTable } from "../datasets/scored.js";
import { type EffectsFile, effectsFile } from "../estimators/effects-file.js";
import { type EffectSummary, estimateEffects } from "../estimators/estimate-effects.js";
import { warningsOf } from "../estimators/warnings.js";
import type { Context } from "./context.js";

/** How uncertainty is expressed. */
export interface Inference {
  readonly standardError: "paired" | "unpaired";
  readonly interval: "normal" | "t";
  readonly level: number;
  readonly clusterBy: string | null;
}

export interface EstimateWork {
  readonly scored: string;
  /** Null takes the only reward key there is. */
  readonly rewardKey: string | null;
  readonly textKeys?: ScoredQuery["textKeys"];
  readonly dataset: string | null;
  readonly concept: string | null;
  readonly score: string | null;
  readonly inference: Inference;
}

export interface EffectsResult {
  readonly effects: EffectsFile;
  readonly summary: EffectSummary;
}

/** Reads a scored file and estimates the effects under one reward model. Writes nothing. */
export async function estimate(work: EstimateWork): Promise<EffectsResult> {
  const { inference } = work;
  const scored = await readScored(work.scored, {
    rewardKey: work.rewardKey,
    textKeys: work.textKeys,
    ...(inference.clusterBy !== null && { clusterBy: inference.clusterBy }),
  });
  const summary = estimateEffects(scored.table, {
    standardError: inference.standardError,
    interval: { method: inference.interval, level: inference.level },
  });
  return { summary, effects: fileOf(work, scored, summary) };
}

/** Estimates, and writes the effects file to the project. Returns its path too. */
export async function estimateFile(
  work: EstimateWork & { readonly dataset: string; readonly concept: string; readonly score: string },
  { project, stamp }: Pick<Context, "project" | "stamp">,
): Promise<EffectsResult & { readonly path: string }> {
  const result = await estimate(work);
  const path = project.effects(work.dataset, work.concept, work.score, stamp);
  await project.writeJson(path, result.effects);
  return { ...result, path };
}

function fileOf(work: EstimateWork, scored: ScoredTable, summary: EffectSummary): EffectsFile {
  const { inference } = work;
  const { flips, withoutRewards } = scored;
  return effectsFile(
    summary,
    {
      dataset_name: work.dataset,
      concept: work.concept,
      score: work.score,
      reward_key: scored.rewardKey,
      dataset_filename: basename(work.scored),
    },
    {
      standardError: inference.clusterBy === null ? inference.standardError : "cluster",
      intervalMethod: inference.interval,
      level: inference.level,
      clusterBy: inference.clusterBy,
      withoutRewards,
      flips: flips && {
        rewrite: { to_w_1: flips.rewrite.toTreated, to_w_0: flips.rewrite.toUntreated },
        rewritten_rewrite: {
          to_w_1: flips.rewriteOfRewrite.toTreated,
          to_w_0: flips.rewriteOfRewrite.toUntreated,
        },
      },
      warnings: warningsOf(summary, { flips, withoutRewards }),
    },
  );
}
