import type { Attribute } from "../../domain/attribute.js";
import type { DatasetTemplate } from "../../domain/template.js";
import { published } from "./published.js";
import { startsWithVowel } from "./typos.js";

/** Whether a text starts with a vowel, with the published prompt. */
export const vowels = published.find(({ name }) => name === "imdb_vowels")!.attribute as Attribute;

/**
 * A template's responses with typos in a share of the words of those that start with a vowel (w = 1): typos are the confounder, and the vowel itself changes
 * nothing. Typos that the template plants itself are left out: at 0 percent there are none.
 */
export function vowelsTypos(base: DatasetTemplate, percent: number, seed: number): DatasetTemplate {
  return {
    ...base,
    name: `${base.name}_typos_${String(percent).padStart(2, "0")}`,
    attribute: vowels,
    treated: (row) => startsWithVowel(base.completion(row)),
    typos: { share: percent / 100, seed: String(seed) },
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
