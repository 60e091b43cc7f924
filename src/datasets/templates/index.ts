import { inputError } from "../../domain/errors.js";
import { closest } from "../../domain/suggest.js";
import type { DatasetTemplate, Row } from "../../domain/template.js";
import { published } from "./published.js";
import { shouting } from "./shouting.js";

const reviews = {
  source: { kind: "review_sentences" },
  idColumn: "id",
  question: () => "Write a review: ",
  completion: (row: Row) => String(row.text),
} as const;

/** The built-in dataset templates, by name. */
export const TEMPLATES: Readonly<Record<string, DatasetTemplate>> = {
  reviews_length: { ...reviews, name: "reviews_length", attribute: "length", treated: { by: "rule" } },
  reviews_formality: {
    ...reviews,
    name: "reviews_formality",
    attribute: "formality",
    treated: { by: "rule" },
  },
  reviews_sentiment: {
    ...reviews,
    name: "reviews_sentiment",
    attribute: "sentiment",
    treated: (row) => row.positive === true,
  },
  [shouting.name]: shouting,
  ...Object.fromEntries(published.map((template) => [template.name, template])),
};

export const TEMPLATE_NAMES = Object.keys(TEMPLATES);

/** The template of that name. Throws with the known names when there is none. */
export function findTemplate(name: string): DatasetTemplate {
  const found = Object.hasOwn(TEMPLATES, name) ? TEMPLATES[name] : undefined;
  if (found) return found;
  const near = closest(name, TEMPLATE_NAMES);
  throw inputError(
    `there is no dataset template ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ""} (built in: ${TEMPLATE_NAMES.join(", ")}; your own: the path of its .ts or .js file)`,
  );
}
