import type { Attribute } from "../../domain/attribute.js";
import { FORMAL_OPENINGS, INTERJECTIONS, PLAIN, SLANG } from "./lexicon.js";
import { anyOf, countMatches } from "./words.js";

const CONTRACTION =
  /(?<=\p{L})(?:n['’]t|['’](?:re|ve|ll|d|m))(?!\p{L})|(?<!\p{L})(?:it|that|there|he|she|what|who|let)['’]s(?!\p{L})/giu;
const INFORMAL = anyOf(SLANG.map(([informal]) => informal));
const OPENING = new RegExp(`(?<=^|[.!?]\\s)(?:${INTERJECTIONS.join("|")}),`, "gi");
const FORMAL = anyOf(
  [...SLANG, ...PLAIN].map(([, formal]) => formal.replace(",", "")).filter((word) => !word.includes(" ")),
);
const FORMAL_OPENING = new RegExp(`(?<=^|[.!?]\\s)(?:${FORMAL_OPENINGS.join("|")}),`, "gi");

/** What the pairs hold on either side, and contractions. */
const KNOWN = new RegExp(
  [anyOf([...SLANG, ...PLAIN].flat().map((word) => word.replace(",", ""))), CONTRACTION]
    .map(({ source }) => source)
    .join("|"),
  "iu",
);

/**
 * Formal markers (register words) less informal ones (contractions, slang, interjections); w = 1 unless the informal
 * ones prevail.
 */
export const formality: Attribute = {
  name: "formality",
  labels: { treated: "more formal", untreated: "less formal" },
  rewritePrompt:
    "{original_completion}\n\n[Adjust this response so it's {w_counterfactual_string} in register, but change *nothing* else.]",
  rule: { measure: formalMarkers, threshold: -0.5, knows: (text) => text.search(KNOWN) >= 0 },
  judgeQuestion: "Is this response written in a formal register?",
};

function formalMarkers(text: string): number {
  const informal = [CONTRACTION, INFORMAL, OPENING].reduce(
    (sum, pattern) => sum + countMatches(text, pattern),
    0,
  );
  const formal = [FORMAL, FORMAL_OPENING].reduce((sum, pattern) => sum + countMatches(text, pattern), 0);
  return formal - informal;
}
