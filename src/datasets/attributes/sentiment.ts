import Analyzer from "sentiment";
import type { Attribute } from "../../domain/attribute.js";

/** Sum of the AFINN-165 valences of the words, negated ones with the opposite sign; w = 1 when above 0. */
export const sentiment: Attribute = {
  name: "sentiment",
  labels: { treated: "positive", untreated: "negative" },
  rewritePrompt:
    "{original_completion}\n\n[Adjust this response so its sentiment is {w_counterfactual_string}, but change *nothing* else.]",
  rule: { measure: valence, threshold: 0, knows: (text) => analyzer.analyze(text).words.length > 0 },
  judgeQuestion: "Is the sentiment of this response positive?",
};

const analyzer = new Analyzer();

/** Valences of words, negation left aside. */
export function valence(text: string): number {
  return analyzer.analyze(text).score;
}
