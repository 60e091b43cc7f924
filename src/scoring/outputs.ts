import { inputError } from "../domain/errors.js";
import type { Recipe, StepReduction } from "../domain/recipe.js";

/** Where among a model's outputs for a text a reward is: numbers of values, from 0. */
export interface OutputPlace {
  readonly value: number;
  readonly minus: number | null;
}

/** How the numbers that a model gives for a text become its rewards. */
export interface OutputReader {
  /** The keys under which rewards are stored, one for each head. */
  readonly rewardKeys: readonly string[];
  /** Where each of them is. */
  readonly places: readonly OutputPlace[];
  /** For a model that scores the steps of a response, one number a step: how they become one reward. */
  readonly reduce: StepReduction | null;
}

/** How a recipe's output is read; labels are looked up in the model's `config.json`. Throws with the labels there are. */
export function outputReader(
  { output, heads }: Pick<Recipe, "output" | "heads">,
  config: Readonly<Record<string, unknown>>,
  model: string,
): OutputReader {
  const rewardKeys = heads.map(({ rewardKey }) => rewardKey);
  if (output.steps) return { rewardKeys, places: [], reduce: output.steps.reduce };
  // The logits of single tokens come alone, in the order of the recipe.
  if (output.token !== undefined)
    return {
      rewardKeys,
      places: [{ value: 0, minus: output.minus === undefined ? null : 1 }],
      reduce: null,
    };
  const labels = Object.entries((config.id2label ?? {}) as Record<string, unknown>);
  const numberOf = (wanted: number | string): number => {
    if (typeof wanted === "number") return wanted;
    const found = labels.find(([, label]) => label === wanted);
    if (found) return Number(found[0]);
    const known = labels.map(([, label]) => label).join(", ") || "none";
    throw inputError(
      `${model}: its config.json has no label ${JSON.stringify(wanted)} (labels: ${known}); give the recipe the number of the output`,
    );
  };
  const places = heads.map(({ value, minus }) => ({
    value: numberOf(value),
    minus: minus === undefined ? null : numberOf(minus),
  }));
  return { rewardKeys, places, reduce: null };
}

/** The rewards of one text, by reward key, from what the model gives for it. Throws when there are too few numbers. */
export function rewardsAt(values: ArrayLike<number>, reader: OutputReader, model: string): number[] {
  if (reader.reduce !== null) return [reduceSteps(values, reader.reduce, model)];
  return reader.places.map((place) => rewardAt(values, place, model));
}

function rewardAt(values: ArrayLike<number>, { value, minus }: OutputPlace, model: string): number {
  const last = Math.max(value, minus ?? 0);
  if (last >= values.length)
    throw inputError(
      `${model}: expected at least ${last + 1} outputs a text, found ${values.length}; mind the recipe's output`,
    );
  return values[value]! - (minus === null ? 0 : values[minus]!);
}

/** The number of the last output that rewards are made of, from 0. */
export function lastPlace({ places }: OutputReader): number {
  return Math.max(0, ...places.map(({ value, minus }) => Math.max(value, minus ?? 0)));
}

/** The probabilities that each step is right, as one reward. */
function reduceSteps(steps: ArrayLike<number>, reduce: StepReduction, model: string): number {
  if (steps.length === 0)
    throw inputError(`${model}: gives no step a score; mind the step tag of the recipe (output.steps.tag)`);
  const all = Array.from(steps);
  if (reduce === "min") return Math.min(...all);
  if (reduce === "product") return all.reduce((product, step) => product * step, 1);
  return all.at(-1)!;
}

/** What is read of the outputs at each token of a text. */
export interface TokenReading {
  /** Ids of the tokens whose logits at the last position are the outputs. */
  readonly tokens?: readonly number[];
  /** Id of the tag that ends a step; the output of a step is the probability of the last class there. */
  readonly tag?: number;
}

/** Outputs of a text for `outputReader`, from a model's numbers for each of its tokens (`width` a token). */
export function readTokens(
  values: ArrayLike<number>,
  width: number,
  ids: readonly number[],
  { tokens, tag }: TokenReading,
): number[] {
  const at = (position: number, column: number) => values[position * width + column]!;
  if (tokens) return tokens.map((token) => at(ids.length - 1, token));
  return ids.flatMap((id, position) => {
    if (id !== tag) return [];
    const row = Array.from({ length: width }, (_, column) => at(position, column));
    const most = Math.max(...row);
    const sum = row.reduce((total, value) => total + Math.exp(value - most), 0);
    return [Math.exp(row.at(-1)! - most) / sum];
  });
}

/** For the template file. */
export function describeOutput({ output, heads }: Pick<Recipe, "output" | "heads">): string {
  const { field, token, steps } = output;
  if (steps) return `${steps.reduce} of the probabilities of steps, at ${JSON.stringify(steps.tag)}`;
  if (token !== undefined) {
    const less = output.minus === undefined ? "" : ` − that of ${JSON.stringify(output.minus)}`;
    return `raw logit of the token ${JSON.stringify(token)} after the text${less}`;
  }
  const [only] = heads;
  if (heads.length > 1)
    return heads.map(({ rewardKey, ...place }) => `${rewardKey}: ${describePlace(field, place)}`).join("; ");
  return describePlace(field, only!);
}

function describePlace(
  field: string,
  { value, minus }: { value: number | string; minus?: number | string | undefined },
): string {
  return `raw ${field}[${value}]${minus === undefined ? "" : ` − ${field}[${minus}]`}`;
}
