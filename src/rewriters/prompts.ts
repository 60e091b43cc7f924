/** Fills a rewrite prompt in one pass: what stands in the text is never expanded. */
export function fillPrompt(template: string, text: string, label: string): string {
  return template.replace(/\{(original_completion|w_counterfactual_string)\}/g, (_, name) =>
    name === "original_completion" ? text : label,
  );
}
