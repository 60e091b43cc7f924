import type { Attribute } from "../../domain/attribute.js";

/** Number of characters (Unicode code points); w = 1 when longer than the median of the data set. */
export const length: Attribute = {
  name: "length",
  labels: { treated: "longer", untreated: "shorter" },
  rewritePrompt:
    "{original_completion}\n\n[Adjust this response so it's {w_counterfactual_string}, but change *nothing* else.]",
  rule: { measure: characters, threshold: "median" },
  judgeQuestion: "Is this response long?",
};

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
