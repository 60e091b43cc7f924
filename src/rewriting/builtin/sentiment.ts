import { OPPOSITES } from "../../datasets/attributes/lexicon.js";
import { valence } from "../../datasets/attributes/sentiment.js";
import { nlp } from "./nlp.js";
import { replacer } from "./replace.js";

const toNegativeWords = replacer(OPPOSITES);
const toPositiveWords = replacer(OPPOSITES.map(([positive, negative]) => [negative, positive]));
const NEGATION =
  /\b(not|never|no|isn['’]t|wasn['’]t|aren['’]t|weren['’]t|don['’]t|didn['’]t|doesn['’]t|cannot|can['’]t|won['’]t|hardly)\s+((?:\w+\s+){0,1})(\w+)/giu;

/** What stands in for a judging word without an opposite of its own, by its part of speech. */
const STAND_INS: readonly (readonly [tag: string, positive: string, negative: string])[] = [
  ["Adjective", "good", "bad"],
  ["Adverb", "nicely", "badly"],
  ["Gerund", "enjoying", "regretting"],
  ["PastTense", "enjoyed", "regretted"],
  ["Verb", "like", "dislike"],
  ["Noun", "pleasure", "disappointment"],
];

const REMARKS = { positive: "I like it.", negative: "I dislike it." } as const;

/**
 * Judging words of the other side are replaced by their opposites, or by a plain judging word of the same part of speech; a negation before
 * a judging word of the right side goes; a text without any judgement gets a short one at its end.
 */
export function rewriteSentiment(text: string, target: boolean): string {
  const bare = Object.values(REMARKS).reduce((rest, remark) => rest.replaceAll(` ${remark}`, ""), text);
  const swapped = standIn(swap(unNegate(bare, target), target), target);
  const reached = target ? valence(swapped) > 0 : valence(swapped) < 0;
  if (reached) return swapped;
  const end = /[.!?…"”)]$/.test(swapped) ? "" : ".";
  return `${swapped}${end} ${target ? REMARKS.positive : REMARKS.negative}`;
}

function swap(text: string, target: boolean): string {
  return target ? toPositiveWords(text) : toNegativeWords(text);
}

/** "not good" on the way to positive becomes "good"; "not bad" on the way to negative becomes "bad". */
function unNegate(text: string, target: boolean): string {
  return text.replace(NEGATION, (whole, negation: string, between: string, word: string) => {
    const value = valence(word);
    if (value === 0 || value > 0 !== target) return whole;
    const auxiliary = /^(is|was|are|were)n/i.exec(negation)?.[1];
    return `${auxiliary ? `${auxiliary} ` : ""}${between}${word}`;
  });
}

/** Judging words without an opposite. */
function standIn(text: string, target: boolean): string {
  const wrong = [...new Set(text.match(/[\p{L}]+/gu) ?? [])].filter((word) => {
    const value = valence(word);
    return target ? value < 0 : value > 0;
  });
  if (wrong.length === 0) return text;
  const document = nlp(text);
  const table = wrong.flatMap((word) => {
    const tags = document.match(word.toLowerCase()).first().json()[0]?.terms[0]?.tags ?? [];
    const standIn = STAND_INS.find(([tag]) => tags.includes(tag));
    return standIn ? [[word.toLowerCase(), target ? standIn[1] : standIn[2]] as const] : [];
  });
  if (table.length === 0) return text;
  return replacer(table)(text);
}
