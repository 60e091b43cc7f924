import { LIST_LINE } from "../list-structure.js";
import type { Entry } from "./measured.js";
import { count, paragraphCount, sentenceCount, wordsOf } from "./text.js";

const HEADING = /^[ \t]{0,3}#{1,6}[ \t]+\S|^[^\n]+\n(?:={3,}|-{3,})[ \t]*$/gm;
const BOLD = /\*\*(?=\S)[^*\n]+?(?<=\S)\*\*|__(?=\S)[^_\n]+?(?<=\S)__|<(?:b|strong)>/gi;
const ITALICS =
  /(?<![*\w])\*(?=[^\s*])[^*\n]+?(?<=[^\s*])\*(?![*\w])|(?<![_\w])_(?=[^\s_])[^_\n]+?(?<=[^\s_])_(?![_\w])|<(?:i|em)>/gi;
const CODE = /```[\s\S]*?(?:```|$)|`[^`\n]+`/g;
const TABLE_ROW = /^[ \t]*\|.*\|[ \t]*$/gm;
const LINK = /\bhttps?:\/\/\S+|\bwww\.\S+|\[[^\]\n]+\]\([^)\s]+\)/gi;

/** Attributes of layout; they need no words of any language. */
export const STRUCTURE = {
  words: {
    treated: "uses more words",
    untreated: "uses fewer words",
    question: "Does this response use many words?",
    description: "Number of words; scripts without spaces are divided into words by Unicode's rules.",
    measure: (text) => wordsOf(text).length,
  },
  sentences: {
    treated: "has more sentences",
    untreated: "has fewer sentences",
    question: "Does this response have many sentences?",
    description: "Number of sentences, by their ends.",
    measure: sentenceCount,
  },
  words_per_sentence: {
    treated: "has longer sentences",
    untreated: "has shorter sentences",
    question: "Are the sentences of this response long?",
    description: "Mean number of words in a sentence.",
    measure: (text) => {
      const sentences = sentenceCount(text);
      return sentences === 0 ? null : wordsOf(text).length / sentences;
    },
  },
  paragraphs: {
    treated: "is divided into more paragraphs",
    untreated: "is divided into fewer paragraphs",
    question: "Is this response divided into several paragraphs?",
    description: "Number of paragraphs, which blank lines separate.",
    measure: paragraphCount,
  },
  list_items: {
    treated: "has more list items",
    untreated: "has no lists",
    question: "Does this response contain a list?",
    description: "Lines that begin with a bullet or a number, those of Chinese and Japanese among them.",
    measure: (text) => count(text, LIST_LINE),
  },
  headings: {
    treated: "has headings",
    untreated: "has no headings",
    question: "Does this response have headings?",
    description: "Markdown headings.",
    measure: (text) => count(text, HEADING),
  },
  bold: {
    treated: "sets key words in bold",
    untreated: "sets nothing in bold",
    question: "Does this response set words in bold?",
    description: "Passages in bold, in Markdown or HTML.",
    measure: (text) => count(text, BOLD),
  },
  italics: {
    treated: "sets some words in italics",
    untreated: "sets nothing in italics",
    question: "Does this response set words in italics?",
    description: "Passages in italics, in Markdown or HTML.",
    measure: (text) => count(text, ITALICS),
  },
  code: {
    treated: "shows code",
    untreated: "shows no code",
    question: "Does this response contain code?",
    description: "Code blocks and code within lines, in Markdown.",
    measure: (text) => count(text, CODE),
  },
  table_rows: {
    treated: "has a table",
    untreated: "has no table",
    question: "Does this response contain a table?",
    description: "Rows of Markdown tables.",
    measure: (text) => count(text, TABLE_ROW),
  },
  links: {
    treated: "gives links",
    untreated: "gives no links",
    question: "Does this response give links?",
    description: "Web addresses and Markdown links.",
    measure: (text) => count(text, LINK),
  },
} satisfies Record<string, Entry>;
