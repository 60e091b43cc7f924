import type { DataFacts } from "../../domain/effect.js";
import { verdictOf } from "../estimators/verdict.js";
import type { EffectsFile, EstimateRow } from "./effects-schema.js";

/** What a file says of its examples: all that a verdict can rest on where the rewards are not at hand. */
type Told = Pick<EffectsFile, "Y1_count" | "Y0_count" | "without_rewards" | "negligible" | "reward_std">;

/** A row of a file that has no verdicts, such as those of earlier versions and of the published code, with the verdict that its numbers give. */
export function judgedRow(row: EstimateRow, file: Told): EstimateRow {
  if (row.verdict !== null) return row;
  if (row.value === null) return { ...row, verdict: "unusable", verdict_reason: row.reason };
  const inSd = row.effect_size !== null;
  const interval = intervalOf(row.ci_low, row.ci_high, row.ci_level);
  const { verdict, reason } = verdictOf(
    {
      estimator: row.estimator,
      estimand: row.estimand,
      // Files that do not count their examples are taken to have enough.
      n: row.n || Number.POSITIVE_INFINITY,
      standardError: row.stderr,
      inferenceReason: row.reason ?? "the file has no standard error",
      interval,
      effectSize: inSd
        ? { interval: intervalOf(row.effect_size_ci_low, row.effect_size_ci_high, row.ci_level) }
        : null,
    },
    factsIn(file),
    file.negligible,
  );
  return { ...row, verdict, verdict_reason: reason };
}

function intervalOf(low: number | null, high: number | null, level: number | null) {
  return low === null || high === null ? null : { low, high, level: level ?? 0.95 };
}

function factsIn({ Y1_count, Y0_count, without_rewards, reward_std }: Told): DataFacts {
  const missing = { treated: without_rewards.w_1, untreated: without_rewards.w_0 };
  return {
    attempted: { treated: Y1_count + missing.treated, untreated: Y0_count + missing.untreated },
    missing,
    flips: null,
    textsDiffer: null,
    rewardsEqual: reward_std === 0,
    originalsSd: null,
    rewritesSd: null,
  };
}
