import type { Attribute } from "../../domain/attribute.js";
import type { DatasetTemplate } from "../../domain/template.js";
import { published } from "./published.js";
import { startsWithVowel } from "./typos.js";

/** Whether a text starts with a vowel, with the published prompt. */
const vowels = published.find(({ name }) => name === "imdb_vowels")!.attribute as Attribute;

/** What goes with a vowel at the beginning. */
export const CONFOUNDERS = {
  typos: { field: "typos", what: "typos", share: "share of words with typos" },
  breaks: { field: "lineBreaks", what: "line breaks", share: "share of sentences with a line break" },
} as const;
export type ConfounderName = keyof typeof CONFOUNDERS;

/**
 * A template's responses with a confounder in those that start with a vowel (w = 1): typos in a share of the words,
 * or line breaks after a share of the sentences. The vowel itself changes nothing. What the template plants itself is
 * left out: at 0 percent there is none.
 */
export function vowelsWith(
  confounder: ConfounderName,
  base: DatasetTemplate,
  percent: number,
  seed: number,
): DatasetTemplate {
  const { typos: _, lineBreaks: __, ...clean } = base;
  return {
    ...clean,
    name: `${base.name}_${confounder}_${String(percent).padStart(2, "0")}`,
    attribute: vowels,
    treated: (row) => startsWithVowel(base.completion(row)),
    [CONFOUNDERS[confounder].field]: { share: percent / 100, seed: String(seed) },
  };
}

/** The embedded sentences that praise: what blurs their words lowers their reward. */
export const praise: DatasetTemplate = {
  name: "reviews_vowels",
  source: { kind: "review_sentences" },
  idColumn: "id",
  expand: function* (row) {
    if (row.positive === true) yield row;
  },
  question: () => "Write a review: ",
  completion: (row) => String(row.text),
  treated: { by: "rule" },
  attribute: vowels,
};
