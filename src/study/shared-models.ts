import { createHash } from "node:crypto";
import type { Head, Recipe } from "../domain/recipe.js";
import type { RewardModel, Score, ScoringInput } from "../domain/reward-model.js";
import type { Serving } from "../domain/serving.js";

/** What can be opened: a recipe, and where its model runs. */
export interface RecipePlace {
  readonly recipe: Recipe;
  readonly serving: Serving;
}

/** Equal for recipes that are one model called in one way at one place, whatever they read of its outputs; null where an output is read by itself alone. */
export function passOf({ recipe, serving }: RecipePlace): string | null {
  const { name, rewardKey, heads, output, notes, references, licence, ...call } = recipe;
  if (output.steps || output.token !== undefined) return null;
  return JSON.stringify([call, output.field, serving]);
}

/**
 * One model behind several recipes that differ in the output that they read: it is opened once, and each text is sent once. What it said of a text is
 * kept until the last recipe is done with it.
 */
export class SharedModel {
  private opened: Promise<RewardModel> | null = null;
  private readonly known = new Map<string, Score>();

  /** `open` opens the model with the heads of all recipes. */
  constructor(
    private readonly recipes: readonly Recipe[],
    private readonly open: (recipe: Recipe) => Promise<RewardModel>,
  ) {}

  /** The model as one of the recipes reads it. */
  async view(recipe: Recipe): Promise<RewardModel> {
    const heads = this.recipes.flatMap((other) => other.heads);
    const keys = recipe.heads.map(({ rewardKey }) => rewardKey);
    const places = keys.map((key) => heads.findIndex((head: Head) => head.rewardKey === key));
    const model = await this.model();
    return {
      ...model,
      rewardKey: keys[0]!,
      otherKeys: keys.slice(1),
      facts: { ...model.facts, shared_pass: heads.map(({ rewardKey }) => rewardKey) },
      score: async (inputs) => (await this.score(inputs)).map((score) => pick(score, places)),
      dispose: () => this.dispose(),
    };
  }

  private model(): Promise<RewardModel> {
    this.opened ??= this.open({
      ...this.recipes[0]!,
      heads: this.recipes.flatMap(({ heads }) => heads),
    });
    return this.opened;
  }

  private async score(inputs: readonly ScoringInput[]): Promise<Score[]> {
    const keyed = inputs.map((input) => ({ input, key: keyOf(input) }));
    const fresh = [
      ...new Map(keyed.filter(({ key }) => !this.known.has(key)).map(({ key, input }) => [key, input])),
    ];
    if (fresh.length > 0) {
      const model = await this.model();
      const scores = await model.score(fresh.map(([, input]) => input));
      for (const [index, [key]] of fresh.entries()) {
        const score = scores[index];
        if (score) this.known.set(key, score);
      }
    }
    return keyed.flatMap(({ key }) => this.known.get(key) ?? []);
  }

  private async dispose(): Promise<void> {
    const { opened } = this;
    this.opened = null;
    this.known.clear();
    await (await opened?.catch(() => null))?.dispose();
  }
}

function pick({ reward, others = [], ...rest }: Score, [first, ...more]: readonly number[]): Score {
  const all = [reward, ...others];
  return {
    ...rest,
    reward: all[first!]!,
    ...(more.length > 0 && { others: more.map((place) => all[place]!) }),
  };
}

function keyOf({ prompt, response }: ScoringInput): string {
  return createHash("sha256").update(`${prompt.length}\n${prompt}${response}`).digest("base64");
}
