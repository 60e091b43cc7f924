import type { Attribute } from "../../domain/attribute.js";
import { inputError } from "../../domain/errors.js";
import type { Rewriter } from "../../domain/rewriter.js";
import { rewriteFormality } from "./formality.js";
import { rewriteLength } from "./length.js";
import { rewriteSentiment } from "./sentiment.js";
import { SURFACE_EDITS } from "./surface.js";
import { tidy } from "./tidy.js";
import { rewriteVowels } from "./vowels.js";

/** Changes one attribute of a text towards w = 1 or w = 0 and touches nothing else. The threshold is that of the attribute's rule. */
export type Edit = (text: string, target: boolean, threshold: number) => string;

/** Raised whenever a rule changes, so that template files tell apart what made their rewrites. */
const EDITION = 1;

const EDITS: Readonly<Record<string, Edit>> = {
  length: rewriteLength,
  formality: rewriteFormality,
  sentiment: rewriteSentiment,
  vowels: rewriteVowels,
  ...SURFACE_EDITS,
};

/** Names of the attributes that the built-in rewriter can rewrite. */
export const EDITABLE = Object.keys(EDITS);

/**
 * The built-in rewriter: rules over an NLP library, the same answer every time. Like a language model it is imperfect: besides the
 * attribute it tidies what it was not asked to touch.
 */
export function openBuiltin(setting: { attribute: Attribute; rule: { threshold: number } | null }): Rewriter {
  const edit = editOf(setting);
  return {
    name: "builtin",
    facts: { edition: EDITION, attribute: setting.attribute.name },
    paid: null,
    kind: "each",
    concurrency: 16,
    async rewrite(request) {
      const tidied = tidy(request.text);
      const text = request.step === "placebo" ? tidied : edit(tidied, request.target);
      if (text.trim() === "") {
        return {
          request,
          outcome: {
            status: "failed",
            reason: "empty",
            detail: "nothing is left of the text once it is tidied",
          },
        };
      }
      return { request, outcome: { status: "ok", text } };
    },
  };
}

/** The edit alone, without the tidying: what a perfect rewriter of this attribute would do. Throws when there is none. */
export function editOf({
  attribute,
  rule,
}: {
  attribute: Attribute;
  rule: { threshold: number } | null;
}): (text: string, target: boolean) => string {
  const edit = Object.hasOwn(EDITS, attribute.name) ? EDITS[attribute.name] : undefined;
  if (!edit) {
    throw inputError(
      `the built-in rewriter cannot rewrite ${attribute.name} (it can: ${EDITABLE.join(", ")})`,
    );
  }
  return (text, target) => edit(text, target, rule?.threshold ?? 0);
}
