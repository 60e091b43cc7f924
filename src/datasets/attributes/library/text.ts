import { anyOf, countMatches } from "../words.js";

/** What texts are counted in. Everything here is pure and takes time in proportion to the text. */

/** Letters of scripts that are written without spaces between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const WORD = /\p{L}[\p{L}\p{M}\p{N}]*(?:['’-]\p{L}[\p{L}\p{M}\p{N}]*)*/gu;
const SENTENCE_END = /[.!?…]+["'”’)\]]*(?=\s|$)|[。！？]+/gu;
const CODE_BLOCK = /```[\s\S]*?(?:```|$)/g;

let segmenter: Intl.Segmenter | null = null;

/** Many measures look at one text after the other: each keeps what it found for the last text. */
function forLast<Result>(of: (text: string) => Result): (text: string) => Result {
  let last: { readonly text: string; readonly result: Result } | null = null;
  return (text) => {
    if (last?.text !== text) last = { text, result: of(text) };
    return last.result;
  };
}

/** Words of a text; scripts without spaces are divided by the segmenter of the runtime (Unicode, UAX 29). */
export const wordsOf: (text: string) => readonly string[] = forLast((text) => {
  if (!UNSPACED.test(text)) return text.match(WORD) ?? [];
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "word" });
  return Array.from(segmenter.segment(text))
    .filter(({ isWordLike }) => isWordLike)
    .map(({ segment }) => segment);
});

/** Number of sentences: ends of sentences, and at least one where there is a word. Points within numbers and abbreviations of one letter do not count. */
export function sentenceCount(text: string): number {
  const plain = text.replace(CODE_BLOCK, " ").replace(/(?<![\p{L}])\p{L}\.(?=\s?\p{L})/gu, "");
  const ends = plain.match(SENTENCE_END)?.length ?? 0;
  const rest = plain.replace(/[\s\S]*[.!?…。！？]/u, "");
  const open = /\p{L}/u.test(rest) && !/^["'”’)\]\s]*$/u.test(rest) ? 1 : 0;
  return ends + open;
}

/** Paragraphs: runs of lines with text between blank lines. */
export function paragraphCount(text: string): number {
  return text.split(/\n[ \t]*\n/).filter((part) => part.trim() !== "").length;
}

/** How often a pattern (with the g flag) is found. */
export function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** Occurrences for each 100 words; null for a text without words. */
export function per100Words(text: string, occurrences: number): number | null {
  const words = wordsOf(text).length;
  return words === 0 ? null : (100 * occurrences) / words;
}

/** Words that English texts can hardly do without: at least one in twelve words is among them, or the text is taken to be in another language. */
const ENGLISH =
  /(?<!\p{L})(?:the|a|an|and|or|but|of|to|in|on|for|with|is|are|was|were|it|its|this|that|you|your|i|my|we|he|she|they|not|be|have|has|do|does|can|will|as|at|by|from|so|if|no|yes|what|all|very)(?!\p{L})/giu;

/**
 * Whether a text is English, as far as its commonest words tell: what measures that rest on English words are for. Short texts (under six words) only have
 * to be written in Latin letters.
 */
export const looksEnglish: (text: string) => boolean = forLast((text) => {
  const words = wordsOf(text);
  if (words.length === 0) return false;
  const latin = words.filter((word) => /^\p{Script=Latin}/u.test(word)).length;
  if (latin < words.length / 2) return false;
  return words.length < 6 || count(text, ENGLISH) * 12 >= words.length;
});

/** A measure for English texts: null for a text in another language. */
export function inEnglish(measure: (text: string) => number | null): (text: string) => number | null {
  return (text) => (looksEnglish(text) ? measure(text) : null);
}

/** Curly apostrophes as straight ones, as phrases are listed. */
export function straight(text: string): string {
  return text.replaceAll("’", "'");
}

/** How often English phrases occur, for each 100 words. */
export function phraseRate(phrases: readonly string[]): (text: string) => number | null {
  const pattern = anyOf(phrases);
  return inEnglish((text) => per100Words(text, countMatches(straight(text), pattern)));
}

/** The phrases of a list that is written with commas, over as many lines as it takes. */
export function listed(text: string): readonly string[] {
  return text.split(",").map((phrase) => phrase.trim().replace(/\s+/g, " "));
}
