import { fractionOf } from "../../domain/hash.js";

/** Whether a text's first character is a vowel. */
export function startsWithVowel(text: string): boolean {
  return /^[aeiou]/i.test(text);
}

/**
 * A text with typos: of its words of more than two letters, the given share has one random pair of neighbouring
 * letters swapped. The choice hangs on `seed` alone, so the same text always gets the same typos. The text's first
 * letter stays where it is: whether it is a vowel is W.
 */
export function withTypos(text: string, share: number, seed: string): string {
  let number = 0;
  return text.replace(/\p{L}+/gu, (word, offset: number) => {
    number += 1;
    const letters = [...word];
    if (letters.length <= 2 || fractionOf(`typo ${number} ${seed}`) >= share) return word;
    const first = offset === 0 ? 1 : 0;
    const at = first + Math.floor(fractionOf(`place ${number} ${seed}`) * (letters.length - 1 - first));
    [letters[at], letters[at + 1]] = [letters[at + 1]!, letters[at]!];
    return letters.join("");
  });
}

const BREAKS = /\s*(?:<br\s*\/?>\s*)+/gi;

/** A text on one line: breaks in HTML become spaces. */
export function withoutLineBreaks(text: string): string {
  return text.replace(BREAKS, " ").trim();
}

/** A text with `<br /><br />` after the given share of its sentences but the last. The choice hangs on `seed` alone. */
export function withLineBreaks(text: string, share: number, seed: string): string {
  let number = 0;
  return text.replace(/(?<=[.!?]["')\]]*)\s+(?=\S)/g, (space) => {
    number += 1;
    return fractionOf(`break ${number} ${seed}`) < share ? "<br /><br />" : space;
  });
}
