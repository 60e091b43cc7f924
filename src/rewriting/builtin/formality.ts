import { formality } from "../../datasets/attributes/formality.js";
import { FORMAL_OPENINGS, INTERJECTIONS, PLAIN, SLANG } from "../../datasets/attributes/lexicon.js";
import { nlp } from "./nlp.js";
import { capitalize, choose, replacer } from "./replace.js";

const OPENING = new RegExp(`(^|[.!?]\\s+)(?:${INTERJECTIONS.join("|")}),\\s*(\\p{L})`, "giu");
const FORMAL_OPENING = new RegExp(`(^|[.!?]\\s+)(?:${FORMAL_OPENINGS.join("|")}),\\s*(\\p{L})`, "giu");

/** Words that have a capital at the beginning of a sentence alone; a name keeps its own. */
const ORDINARY_START =
  /^(?:the|an?|it|its|this|that|these|those|there|they|their|he|his|she|her|we|our|you|your|my|if|and|but|as|in|on|at|for|from|to|with|not|so|all|one|no|when|what|who|how|why|also|just|very|some|every|after|before|do|does|did|is|was|were|are|great|good|bad)\b/i;

const slangToFormal = replacer(SLANG);
const plainToFormal = replacer(PLAIN);
const toInformalWords = replacer(
  [...SLANG, ...PLAIN].map(([informal, formal]) => [formal.replace(",", ""), informal]),
);

/** Contracts what can be: do not, it is. */
export const contract = replacer([
  ...["do", "does", "did", "is", "are", "was", "were", "has", "have", "had", "would", "could", "should"].map(
    (verb) => [`${verb} not`, `${verb}n't`] as const,
  ),
  ["can not", "can't"],
  ["cannot", "can't"],
  ["will not", "won't"],
  ["i am", "I'm"],
  ["i have", "I've"],
  ["i will", "I'll"],
  ["i would", "I'd"],
  ["it is", "it's"],
  ["that is", "that's"],
  ["there is", "there's"],
  ["what is", "what's"],
  ["he is", "he's"],
  ["she is", "she's"],
  ["you are", "you're"],
  ["we are", "we're"],
  ["they are", "they're"],
  ["you will", "you'll"],
  ["we have", "we've"],
  ["they have", "they've"],
]);

/**
 * Formal: contractions spelled out, casual words replaced, interjections dropped; where that changes nothing, everyday words become formal ones.
 * Informal: the same the other way round. A text that is still not what it was to be gets an opening.
 */
export function rewriteFormality(text: string, target: boolean): string {
  return target ? makeFormal(text) : makeInformal(text);
}

function makeFormal(text: string): string {
  const formal = slangToFormal(expand(withoutOpening(text, OPENING)));
  const changed = formal === text ? plainToFormal(text) : formal;
  return measure(changed) >= 0 ? changed : open(changed, FORMAL_OPENINGS);
}

function makeInformal(text: string): string {
  const casual = contract(toInformalWords(withoutOpening(text, FORMAL_OPENING)));
  return measure(casual) < 0 ? casual : open(casual, INTERJECTIONS.slice(0, 5));
}

/** Contractions spelled out, by the library, which tells "it's" from "John's"; the text's own spacing is kept. */
export function expand(text: string): string {
  if (!/['’]/.test(text)) return text;
  const document = nlp(text);
  document.contractions().expand();
  return document.text();
}

function withoutOpening(text: string, pattern: RegExp): string {
  return text.replace(pattern, (_, before, letter) => before + letter.toUpperCase());
}

function open(text: string, openings: readonly string[]): string {
  const rest = ORDINARY_START.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;
  return `${capitalize(choose(text, openings))}, ${rest}`;
}

function measure(text: string): number {
  return formality.rule!.measure(text) ?? 0;
}
