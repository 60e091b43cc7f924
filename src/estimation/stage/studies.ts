import { type StudyTable, summarizeStudy } from "../estimators/study.js";
import type { EffectsFile } from "../files/effects-file.js";
import type { HumanMeans, StudyInFile } from "../files/study-file.js";
import { judgedTogether } from "../files/study-rows.js";
import { type EstimateWork, estimate, formulaOptions } from "./effects.js";

/** Estimates every data set and reward model, and judges them together. Reward keys in `renamed` go by their new name. */
export async function studyOf(
  works: readonly EstimateWork[],
  renamed: ReadonlyMap<string, string>,
): Promise<StudyInFile> {
  const results: EffectsFile[] = [];
  const tables: StudyTable[] = [];
  for (const work of works) {
    const { effects, scored } = await estimate(work);
    const rewardKey = renamed.get(effects.reward_key) ?? effects.reward_key;
    results.push({ ...effects, reward_key: rewardKey });
    const dataset = work.dataset ?? effects.dataset_filename;
    tables.push({
      dataset,
      concept: work.concept ?? dataset,
      rewardKey,
      table: scored.table,
      idOf: scored.idOf,
      own: ownInference(effects),
    });
  }
  const interval = formulaOptions(works[0]!.inference).interval!;
  return { study: judgedTogether(summarizeStudy(tables, interval)), human: humanMeans(results), results };
}

/** What the result itself says of RATE's ATE, so that a study says the same. */
function ownInference({ estimates }: EffectsFile) {
  const row = estimates.find(({ estimator, estimand }) => estimator === "rate" && estimand === "ate");
  const { effect_size_ci_low: low = null, effect_size_ci_high: high = null } = row ?? {};
  const pValue = row?.effect_size_p_value ?? null;
  return low === null || high === null || pValue === null ? null : { low, high, pValue };
}

/** People and models by data set, where people labelled examples. */
export function humanMeans(results: readonly EffectsFile[]): HumanMeans[] {
  const files = [
    ...new Set(results.filter(({ human }) => human).map(({ dataset_filename }) => dataset_filename)),
  ];
  return files.map((dataset_filename) => {
    const own = results
      .filter((result) => result.human && result.dataset_filename === dataset_filename)
      .map(({ human }) => human!);
    // As published, a tie of the model counts as preferring the w = 0 text here; earlier files have no key for it.
    const mean = (name: "model_preference" | "disagreement") => {
      const rates = own.map((human) => human[`${name}_strict_rate`] ?? human[`${name}_rate`] ?? null);
      return rates.some((value) => value === null)
        ? null
        : rates.reduce((total: number, value) => total + value!, 0) / rates.length;
    };
    return {
      dataset_filename,
      n: own[0]!.n,
      reward_models: own.length,
      human_preference_rate: own[0]!.human_preference_rate,
      mean_model_preference_rate: mean("model_preference"),
      mean_disagreement_rate: mean("disagreement"),
    };
  });
}
