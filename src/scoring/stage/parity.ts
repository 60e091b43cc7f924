import type { Recipe, ReferenceScore } from "../../domain/recipe.js";
import type { ScoringInput } from "../../domain/reward-model.js";
import type { RuntimeName, Serving } from "../../domain/serving.js";
import { PROBE_TEXTS } from "../http/probe-texts.js";
import { openRecipe } from "../index.js";
import type { ScorerWorld } from "../served.js";

/** The same texts scored twice. */
export interface Parity {
  readonly texts: number;
  /** The largest difference of two scores of one text, in the reward's unit. */
  readonly largest: number;
  /** The text that has it, in short. */
  readonly where: string;
  /** Standard deviation of the first scores. */
  readonly spread: number;
  /** Pairs of texts that the two put in another order, and how many pairs there are. */
  readonly reordered: number;
  readonly pairs: number;
  /** Whether the largest difference is below a tenth of the spread. */
  readonly alike: boolean;
}

/** A score that the recipe knows, beside what came out. */
export interface ReferenceCheck extends ReferenceScore {
  readonly found: number;
  readonly agrees: boolean;
}

/** More than this share of the spread is another score. */
const TOLERABLE = 0.1;

/** A dozen texts scored where the recipe runs and in another runtime, one after the other. */
export async function compareRuntimes(
  recipe: Recipe,
  world: ScorerWorld,
  serving: Serving,
  other: { readonly runtime: RuntimeName; readonly endpoints: readonly string[] | undefined },
): Promise<Parity> {
  const here = await scoresOf(recipe, world, serving, PROBE_TEXTS);
  const there = await scoresOf(recipe, world, { ...serving, ...other }, PROBE_TEXTS);
  return parityOf(
    here,
    there,
    PROBE_TEXTS.map(({ response }) => response),
  );
}

/** How far two lists of scores of the same texts agree. */
export function parityOf(
  first: readonly number[],
  second: readonly number[],
  texts: readonly string[],
): Parity {
  const differences = first.map((value, index) => Math.abs(value - second[index]!));
  const largest = Math.max(...differences);
  const mean = first.reduce((sum, value) => sum + value, 0) / first.length;
  const spread = Math.sqrt(first.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (first.length - 1));
  let reordered = 0;
  for (let a = 0; a < first.length; a += 1)
    for (let b = 0; b < a; b += 1)
      if ((first[a]! - first[b]!) * (second[a]! - second[b]!) < 0) reordered += 1;
  return {
    texts: first.length,
    largest,
    where: texts[differences.indexOf(largest)]!.slice(0, 60),
    spread,
    reordered,
    pairs: (first.length * (first.length - 1)) / 2,
    alike: largest <= TOLERABLE * spread,
  };
}

/** The scores that a recipe knows, scored anew. */
export async function checkReferences(
  recipe: Recipe,
  world: ScorerWorld,
  serving: Serving,
): Promise<ReferenceCheck[]> {
  if (recipe.references.length === 0) return [];
  const found = await scoresOf(recipe, world, serving, recipe.references);
  return recipe.references.map((reference, index) => ({
    ...reference,
    found: found[index]!,
    agrees: Math.abs(found[index]! - reference.reward) <= reference.tolerance,
  }));
}

async function scoresOf(
  recipe: Recipe,
  world: ScorerWorld,
  serving: Serving,
  inputs: readonly ScoringInput[],
): Promise<number[]> {
  const model = await openRecipe(recipe, world, serving);
  try {
    return (await model.score(inputs)).map(({ reward }) => reward);
  } finally {
    await model.dispose();
  }
}
