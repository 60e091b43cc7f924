import { anyOf } from "../../datasets/attributes/words.js";
import { fractionOf } from "../../domain/hash.js";

/** Replaces whole words and phrases by a table, keeping an initial capital or capitals throughout. */
export function replacer(pairs: readonly (readonly [from: string, to: string])[]): (text: string) => string {
  const table = new Map<string, string>();
  for (const [from, to] of pairs) if (!table.has(from)) table.set(from, to);
  const pattern = anyOf([...table.keys()]);
  return (text) =>
    text.replace(pattern, (found) =>
      likeCase(found, table.get(found.toLowerCase().replace(/\s+/g, " ")) ?? found),
    );
}

/** `word` in the case of `model`. */
export function likeCase(model: string, word: string): string {
  if (model.length > 1 && model === model.toUpperCase() && model !== model.toLowerCase())
    return word.toUpperCase();
  const first = model[0]!;
  return first !== first.toLowerCase() ? capitalize(word) : word;
}

export function capitalize(text: string): string {
  return text.replace(/^(\P{L}*)(\p{L})/u, (_, before, letter) => before + letter.toUpperCase());
}

/** One of some choices, always the same for the same text. */
export function choose<Choice>(text: string, choices: readonly Choice[]): Choice {
  return choices[Math.floor(fractionOf(text) * choices.length)]!;
}
