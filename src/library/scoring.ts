/** Reward models: by name, or by the path of a recipe. */

import type { RewardModel } from "../domain/reward-model.js";
import type { Serving } from "../domain/serving.js";
import { openRecipe } from "../scoring/index.js";
import { builtInRecipes } from "../scoring/recipes/built-in.js";
import { loadRecipe } from "../scoring/recipes/recipe-file.js";

export type { RewardModel, Score, ScoringInput } from "../domain/reward-model.js";
export type { RuntimeName, Serving } from "../domain/serving.js";

/**
 * The names of the recipes that come with the program, as `rate models` lists them.
 *
 * @example
 * if (!rewardModelNames().includes("armorm")) throw new Error("an old version");
 */
export function rewardModelNames(): string[] {
  return [...builtInRecipes().keys()];
}

/** Where a reward model runs, and who hears of it. */
export interface RewardModelOptions extends Serving {
  /** For `HF_TOKEN` and the like; default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Opens a reward model by the name of a recipe, or the path of one's own. Call `dispose` when it is not needed any more.
 *
 * @throws an input error when there is no such recipe, or when the model cannot run where the options say
 * @example
 * const model = await openRewardModel("embedded");
 * const [score] = await model.score([{ prompt: "Write a review:", response: "A wonderful film." }]);
 * console.log(score?.reward);
 * await model.dispose();
 */
export async function openRewardModel(name: string, options: RewardModelOptions = {}): Promise<RewardModel> {
  const { environment = process.env, say = () => undefined, signal, ...serving } = options;
  const world = { environment, fetch, say, ...(signal && { signal }) };
  return openRecipe(await loadRecipe(name), world, serving);
}
