import { findAttribute, resolveRule } from "../datasets/attributes/index.js";
import { shouting } from "../datasets/templates/shouting.js";
import { TEXT_KEYS } from "../domain/example.js";
import type { RewardModel } from "../domain/reward-model.js";
import { infer } from "../estimation/estimators/inference.js";
import type { EffectsFile, TruthCheck, TruthRow } from "../estimation/files/effects-file.js";
import { mean, standardError } from "../estimation/numeric/moments.js";
import { ESTIMATOR_NAMES, findRow } from "../reporting/html/words.js";
import { editOf } from "../rewriting/builtin/index.js";
import type { DatasetJob } from "../rewriting/stage/dataset-job.js";
import { plantBonus } from "../scoring/planted.js";
import { readStored } from "../storage/examples/stored.js";
import type { ModelJob } from "./study.js";

/** Added to the reward of every formal text, in reward units: about 0.3 standard deviations of the embedded model. */
const BONUS = 0.8;

const formality = findAttribute("formality");
const rule = resolveRule(formality, []);

/** The data set of the check: casual texts shout. */
export const TRUTH_DATASET: DatasetJob = { template: shouting, rewriter: "builtin" };

/** The given reward model with a taste for formality whose size is known. */
export function plantedModel({ name, description, rewardKey, open }: ModelJob): ModelJob {
  const planted = `${rewardKey}+planted`;
  return {
    name: `${name}_planted`,
    description: `${description} with a planted bonus`,
    rewardKey: planted,
    open: async (context) => {
      const model = await open(context);
      return plantBonus(model, {
        rewardKey: planted,
        bonus: BONUS,
        attribute: formality.name,
        classify: rule.classify,
      });
    },
  };
}

/**
 * The truth beside the estimates. The truth is the bonus plus the model's own taste, which is known here because the built-in rewriter can
 * change formality and nothing else: the mean difference in reward between each text and its twin with the other formality.
 */
export async function checkAgainstTruth(
  effects: EffectsFile,
  scored: string,
  model: RewardModel,
): Promise<TruthCheck> {
  const scale = effects.reward_std!;
  const differences = Float64Array.from(
    await trueDifferences(scored, model),
    (difference) => difference / scale,
  );
  const truth = infer(
    mean(differences),
    { standardError: standardError(differences), degrees: differences.length - 1, method: "paired" },
    { method: "normal", level: effects.ci_level },
  );
  const estimates = (["naive", "single_rewrite", "rate"] as const).map((estimator): TruthRow => {
    const row = findRow(effects, estimator, "ate");
    const [value, low, high] = [row.effect_size!, row.effect_size_ci_low!, row.effect_size_ci_high!];
    return { name: ESTIMATOR_NAMES[estimator], value, low, high, note: NOTES[estimator] };
  });
  const bonus = BONUS / scale;
  const planted = {
    name: "planted",
    value: mean(differences),
    ...truth.interval!,
    note: `the truth: a bonus of ${bonus.toFixed(3)} and the model's own taste`,
  };
  return {
    title: "Why rewrite twice: a check against a planted truth",
    explanation:
      "Here the reward model was given a known taste for formality, and the data a confounder: casual texts mostly end in “!!! :)”, which this " +
      "reward model likes and which the rewriter tidies away. The naive comparison sees the confounder; the single rewrite sees the tidying; RATE, which " +
      "compares two texts that have both been tidied, sees neither.",
    rows: [planted, ...estimates],
  };
}

const NOTES = {
  naive: "formal against casual texts as they are",
  single_rewrite: "original against rewrite",
  rate: "rewrite of the rewrite against rewrite",
} as const;

/** R(do formal) − R(do casual) for each text and its twin. */
async function trueDifferences(scored: string, model: RewardModel): Promise<number[]> {
  const edit = editOf({ attribute: formality, rule });
  const texts: { prompt: string; original: string; treated: boolean }[] = [];
  for await (const { completions, reward_question, record } of readStored(scored)) {
    const original = completions[TEXT_KEYS.original];
    if (original !== undefined)
      texts.push({ prompt: reward_question, original, treated: record.w_original === true });
  }
  const scores = await model.score(
    texts.flatMap(({ prompt, original, treated }) => [
      { prompt, response: original },
      { prompt, response: edit(original, !treated) },
    ]),
  );
  return texts.map(({ treated }, index) => {
    const difference = scores[2 * index]!.reward - scores[2 * index + 1]!.reward;
    return treated ? difference : -difference;
  });
}
