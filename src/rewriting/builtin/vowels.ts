import { startsWithVowel } from "../../datasets/templates/typos.js";
import { nlpLibrary } from "./nlp.js";
import { likeCase } from "./replace.js";

/** What is put before a text so that it starts otherwise, and changed for the other on the way back: two ways to say one thing. */
const OPENINGS = { vowel: "In brief, ", other: "Briefly, " } as const;

/**
 * Starts with a vowel, or does not. Besides, words with two letters swapped are mended where the word is known, as any careful rewriter
 * would.
 */
export function rewriteVowels(text: string, target: boolean): string {
  const mended = mendSwaps(text);
  if (startsWithVowel(mended) === target) return mended;
  const [added, other] = target ? [OPENINGS.vowel, OPENINGS.other] : [OPENINGS.other, OPENINGS.vowel];
  return added + (mended.startsWith(other) ? mended.slice(other.length) : withSmallStart(mended));
}

/** Swaps two neighbouring letters of unknown words where that gives a known one. */
function mendSwaps(text: string): string {
  return text.replace(/\p{L}{3,}/gu, (word) => {
    if (isKnown(word)) return word;
    const letters = [...word];
    for (let at = 0; at + 1 < letters.length; at += 1) {
      const swapped = [...letters];
      [swapped[at], swapped[at + 1]] = [letters[at + 1]!, letters[at]!];
      const mended = swapped.join("");
      if (isKnown(mended)) return at === 0 ? likeCase(word, mended.toLowerCase()) : mended;
    }
    return word;
  });
}

let words: Readonly<Record<string, unknown>> | null = null;

function isKnown(word: string): boolean {
  words ??= (nlpLibrary().model() as unknown as { one: { lexicon: Record<string, unknown> } }).one.lexicon;
  return Object.hasOwn(words, word.toLowerCase());
}

/** A known word loses the capital that it had at the beginning; names and `I` keep it. */
function withSmallStart(text: string): string {
  const [first] = /^\p{L}+/u.exec(text) ?? [""];
  if (first === "I" || first === first.toUpperCase() || !isKnown(first)) return text;
  const tag = words![first.toLowerCase()];
  if (/Name|Place|Country|City|Region|Organization/.test(String(tag))) return text;
  return text[0]!.toLowerCase() + text.slice(1);
}
