import type { Attribute } from "../../domain/attribute.js";
import type { RewriteStep } from "../../domain/rewriter.js";

/** Names the attribute, since many labels compare ("longer") and say nothing of how a text is. */
const placebo = ({ name }: Attribute) =>
  `{original_completion}\n\n[Reword this text lightly, but leave its ${name.replaceAll("_", " ")} exactly as it is and change *nothing* else. Only provide the text.]`;

/** The whole prompt of a request. */
export function promptFor(attribute: Attribute, step: RewriteStep, text: string, target: boolean): string {
  const template =
    step === "placebo" ? (attribute.placeboPrompt ?? placebo(attribute)) : attribute.rewritePrompt;
  return fillPrompt(template, text, attribute.labels[target ? "treated" : "untreated"]);
}

/** Fills a rewrite prompt in one pass: what stands in the text is never expanded. */
export function fillPrompt(template: string, text: string, label: string): string {
  return template.replace(/\{(original_completion|w_counterfactual_string)\}/g, (_, name) =>
    name === "original_completion" ? text : label,
  );
}
