import { fractionOf } from "../../domain/hash.js";
import type { DatasetTemplate, Row } from "../../domain/template.js";
import { formality } from "../attributes/formality.js";
import { resolveRule } from "../attributes/index.js";

/** Share of formal sentences kept, so that both arms are about as large. */
const FORMAL_KEPT = 0.3;
/** How many shout, by arm: the confounder goes with the attribute. */
const SHOUTING = { formal: 0.1, informal: 0.8 } as const;

/**
 * Review sentences in which casual ones mostly end in "!!! :)" and formal ones hardly ever do: a confounder, which
 * the built-in rewriter tidies away, for checking the estimators against a planted truth.
 */
export const shouting: DatasetTemplate = {
  name: "reviews_formality_shouting",
  source: { kind: "review_sentences" },
  expand: function* (row: Row) {
    const text = String(row.text);
    const formal = isFormal(text);
    if (formal && fractionOf(`keep ${row.id}`) >= FORMAL_KEPT) return;
    const shouts = fractionOf(`shout ${row.id}`) < SHOUTING[formal ? "formal" : "informal"];
    yield { ...row, text: shouts ? `${text.replace(/[\s.!?]+$/, "")}!!! :)` : text, shouts };
  },
  idColumn: "id",
  question: () => "Write a review: ",
  completion: (row) => String(row.text),
  attribute: "formality",
  treated: { by: "rule" },
};

function isFormal(text: string): boolean {
  return resolveRule(formality, []).classify(text) === true;
}
