import type { Entry } from "./measured.js";
import { count, per100Words, wordsOf } from "./text.js";

const NUMBER = /(?<![\p{L}\p{N}])[$€£¥]?\p{Nd}+(?:[.,:/]\p{Nd}+)*%?(?![\p{L}])/gu;
const QUOTED = /"[^"\n]{2,}"|“[^”\n]{2,}”|«[^»\n]{2,}»|„[^“”\n]{2,}[“”]|「[^」\n]{1,}」/gu;
const EMOJI = /\p{Extended_Pictographic}(?!\uFE0E)|[\u{1F1E6}-\u{1F1FF}]{2}/gu;
const NOT_EMOJI = /[©®™↔↕]/gu;

/** Attributes of signs; they need no words of any language. */
export const PUNCTUATION = {
  numbers: {
    treated: "gives more numbers",
    untreated: "gives no numbers",
    question: "Does this response give numbers?",
    description: "Numbers in digits, with their percent or currency signs.",
    measure: (text) => count(text, NUMBER),
  },
  quotes: {
    treated: "quotes words or passages",
    untreated: "quotes nothing",
    question: "Does this response quote words or passages?",
    description: "Passages between quotation marks.",
    measure: (text) => count(text, QUOTED),
  },
  questions: {
    treated: "asks questions",
    untreated: "asks no questions",
    question: "Does this response ask a question?",
    description: "Question marks, those at the end of one run counted once.",
    measure: (text) => count(text, /[?？؟]+/gu),
  },
  exclamation_marks: {
    treated: "uses exclamation marks",
    untreated: "uses no exclamation marks",
    question: "Does this response use exclamation marks?",
    description: "Exclamation marks.",
    measure: (text) => count(text, /[!！¡]/gu),
  },
  emoji: {
    treated: "uses emoji",
    untreated: "uses no emoji",
    question: "Does this response use emoji?",
    description: "Emoji and flags.",
    measure: (text) => count(text.replace(NOT_EMOJI, ""), EMOJI),
  },
  capitals: {
    treated: "puts some words in capital letters",
    untreated: "puts no words in capital letters",
    question: "Does this response put words in capital letters for emphasis?",
    description: "Words of two or more letters that are all capitals, for each 100 words.",
    measure: (text) =>
      per100Words(
        text,
        wordsOf(text).filter((word) => /^(?=(?:.*\p{Lu}){2})[\p{Lu}\p{N}'’-]+$/u.test(word)).length,
      ),
  },
  parentheses: {
    treated: "adds remarks in parentheses",
    untreated: "has nothing in parentheses",
    question: "Does this response add remarks in parentheses?",
    description: "Passages in parentheses; the targets of Markdown links do not count.",
    measure: (text) => count(text, /(?<!\])\([^()\n]{2,}\)|（[^（）\n]+）/gu),
  },
  dashes: {
    treated: "uses dashes between clauses",
    untreated: "uses no dashes between clauses",
    question: "Does this response use dashes between clauses?",
    description: "Dashes between words: em dashes, spaced en dashes and double hyphens.",
    measure: (text) => count(text, /(?<=\S)\s*—\s*(?=\S)|(?<=\S)\s–\s(?=\S)|(?<=\w)\s?--\s?(?=\w)/gu),
  },
  semicolons_and_colons: {
    treated: "uses semicolons and colons",
    untreated: "uses no semicolons or colons",
    question: "Does this response use semicolons or colons within sentences?",
    description: "Semicolons, and colons that a space or line end follows.",
    measure: (text) => count(text, /[;；]|:(?=\s|$)|：/gmu),
  },
  ellipses: {
    treated: "trails off in ellipses",
    untreated: "has no ellipses",
    question: "Does this response use ellipses?",
    description: "Ellipses: three or more points, or their sign.",
    measure: (text) => count(text, /\.{3,}|…+/gu),
  },
} satisfies Record<string, Entry>;
