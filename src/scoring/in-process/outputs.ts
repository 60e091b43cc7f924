import { inputError } from "../../domain/errors.js";
import type { RewardOutput } from "../../domain/recipe.js";

/** Where in a model's output the reward is: numbers of values, from 0. */
export interface OutputPlace {
  readonly value: number;
  readonly minus: number | null;
}

/** The numbers of a template's output; labels are looked up in the model's `config.json`. Throws with the labels there are. */
export function placeOf(
  { value, minus }: RewardOutput,
  config: Readonly<Record<string, unknown>>,
  model: string,
): OutputPlace {
  const labels = Object.entries((config.id2label ?? {}) as Record<string, unknown>);
  const numberOf = (wanted: number | string): number => {
    if (typeof wanted === "number") return wanted;
    const found = labels.find(([, label]) => label === wanted);
    if (found) return Number(found[0]);
    const known = labels.map(([, label]) => label).join(", ") || "none";
    throw inputError(
      `${model}: its config.json has no label ${JSON.stringify(wanted)} (labels: ${known}); give the template the number of the output`,
    );
  };
  return { value: numberOf(value), minus: minus === undefined ? null : numberOf(minus) };
}

/** The reward among the values that a model gives for one text. Throws when there are too few. */
export function rewardAt(values: ArrayLike<number>, { value, minus }: OutputPlace, model: string): number {
  const last = Math.max(value, minus ?? 0);
  if (last >= values.length)
    throw inputError(
      `${model}: expected at least ${last + 1} outputs a text, found ${values.length}; mind the template's output`,
    );
  return values[value]! - (minus === null ? 0 : values[minus]!);
}

/** For the template file. */
export function describeOutput({ field, value, minus }: RewardOutput): string {
  return `raw ${field}[${value}]${minus === undefined ? "" : ` − ${field}[${minus}]`}`;
}
