import { formality } from "./formality.js";
import { LIBRARY } from "./library/index.js";
import { listStructure } from "./list-structure.js";
import { sentiment } from "./sentiment.js";

/** A number for a text; null where it cannot be measured. */
export type TextMeasure = (text: string) => number | null;

/** What else a rewrite may have changed: measures that are looked at beside every effect, by name. */
const OFF_TARGET: Readonly<Record<string, TextMeasure>> = {
  ...Object.fromEntries(
    [
      "words",
      "sentiment_words",
      "readability",
      "list_items",
      "headings",
      "bold",
      "misspellings",
      "hedges",
      "intensifiers",
      "exclamation_marks",
      "contractions",
      "first_person",
      "second_person",
      "numbers",
    ].map((name) => [name, LIBRARY[name]!.rule.measure]),
  ),
  formality: formality.rule!.measure,
};

/** Measures that are the attribute itself, or change with it by their making; an attribute of the library is its own measure. */
const ITSELF: Readonly<Record<string, readonly string[]>> = {
  length: ["words"],
  words: ["words"],
  sentences: ["words"],
  words_per_sentence: ["words", "readability"],
  sentiment: ["sentiment_words"],
  complexity: ["readability"],
  formality: ["formality", "contractions"],
  contractions: ["contractions", "formality"],
  casual_words: ["formality"],
  politeness: [],
  confidence: ["hedges", "intensifiers"],
  certainty: ["hedges"],
  hedges: ["hedges"],
  jargon: ["readability"],
  rare_words: ["readability"],
  word_length: ["readability"],
  vagueness: ["hedges"],
  list_structure: ["list_items"],
  structure: ["list_items", "headings", "bold"],
  typos: ["misspellings"],
  vowels: [],
};

/** Off-target measures of an attribute: all but what is the attribute itself. `known` is false for an attribute that the program does not know. */
export function offTargetOf(attribute: string | null): {
  readonly measures: Readonly<Record<string, TextMeasure>>;
  readonly known: boolean;
} {
  const name = attribute ?? "";
  const known = Object.hasOwn(ITSELF, name) || Object.hasOwn(LIBRARY, name);
  const itself = new Set(Object.hasOwn(ITSELF, name) ? ITSELF[name] : [name]);
  return {
    known,
    measures: Object.fromEntries(Object.entries(OFF_TARGET).filter(([measure]) => !itself.has(measure))),
  };
}

/** The measure of an attribute itself and what it counts, for its dose; null where it has none. */
export function doseOf(
  attribute: string | null,
): { readonly unit: string; readonly measure: TextMeasure } | null {
  const of = (unit: string, measure: TextMeasure) => ({ unit, measure });
  switch (attribute) {
    case "length":
      return of("words", LIBRARY.words!.rule.measure);
    case "sentiment":
      return of("points of sentiment", sentiment.rule!.measure);
    case "formality":
      return of("formal markers", formality.rule!.measure);
    case "list_structure":
      return of("list lines", listStructure.rule!.measure);
    case "typos":
      return of("misspellings in 100 words", LIBRARY.misspellings!.rule.measure);
    default: {
      const found = attribute !== null && Object.hasOwn(LIBRARY, attribute) ? LIBRARY[attribute]! : null;
      return found && of(found.name.replaceAll("_", " "), found.rule.measure);
    }
  }
}
