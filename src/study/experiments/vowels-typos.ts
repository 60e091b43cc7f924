import { basename } from "node:path";
import { CONFOUNDERS, type ConfounderName, vowelsWith } from "../../datasets/templates/vowels-typos.js";
import { inputError } from "../../domain/errors.js";
import { rewardSpread } from "../../estimation/estimators/influence.js";
import { inferenceOf } from "../../estimation/stage/choices.js";
import { estimate } from "../../estimation/stage/effects.js";
import type { SyntheticFile } from "../../reporting/stage/synthetic-file.js";
import type { DatasetJob } from "../../rewriting/stage/dataset-job.js";
import type { Context } from "../../storage/project/context.js";
import { type ModelJob, runStudy } from "../study.js";
import { type LevelResult, panelOf } from "./synthetic.js";

/** Percent of the words with typos, or of the sentences with line breaks. */
const LEVELS = [0, 5, 10, 15, 20, 25, 30] as const;

export interface VowelsWork {
  /** The data, and how it is rewritten; its attribute is replaced. */
  readonly dataset: DatasetJob;
  readonly confounder: ConfounderName;
  readonly model: ModelJob;
  readonly seed: number;
}

/**
 * Responses that start with a vowel get ever more of a confounder; every level is rewritten, scored and estimated.
 * Texts without it are the same in all levels, and so are their rewrites, which are asked for once.
 */
export async function runVowels(work: VowelsWork, context: Context): Promise<SyntheticFile> {
  const datasets = LEVELS.map((percent) => ({
    ...work.dataset,
    template: vowelsWith(work.confounder, work.dataset.template, percent, work.seed),
  }));
  const inference = inferenceOf(undefined);
  const results = await runStudy({ datasets, models: [work.model], inference }, context);
  const numbers = new Map<string, number>();
  const numberOf = (id: string) => {
    const known = numbers.get(id) ?? numbers.size;
    numbers.set(id, known);
    return known;
  };
  const levels: LevelResult[] = [];
  let scale = 0;
  for (const [index, { scored, effects, path }] of results.entries()) {
    const { reward_key: rewardKey } = effects;
    const read = await estimate({ scored, rewardKey, dataset: null, concept: null, score: null, inference });
    const { table, idOf } = read.scored;
    if (index === 0) scale = rewardSpread(table) ?? 0;
    levels.push({
      at: LEVELS[index]! / 100,
      share: LEVELS[index]! / 100,
      counts: { "starts with a vowel": effects.Y1_count, "does not": effects.Y0_count },
      dataset: basename(scored),
      effectsFile: basename(path),
      effects,
      table,
      examples: Array.from(table.treated, (_, row) => numberOf(idOf(row))),
    });
  }
  if (scale === 0) throw inputError("the rewards have no spread: there is no scale for the effects");
  const { what, share } = CONFOUNDERS[work.confounder];
  const titles = { title: `${what} go with a vowel at the beginning`, axis: share };
  return {
    experiment: `vowels-${work.confounder}`,
    title: `A vowel at the beginning, while ${what} go with it (true effect: none)`,
    effect: "effect of vowels, in sd of the reward (95\u00a0%\u00a0CI)",
    truth: 0,
    reward_key: results[0]!.effects.reward_key,
    scale,
    seed: work.seed,
    examples: levels[0]!.table.treated.length,
    dropped: {},
    panels: [panelOf(titles, levels, scale)],
  };
}
