import type { Attribute } from "../../domain/attribute.js";

/** Attributes that no rule can decide: data that names them says itself which responses have them. */
const JUDGED: readonly (readonly [name: string, treated: string, untreated: string, question: string])[] = [
  ["complexity", "more complex", "less complex", "Is this response complex, in wording or thought?"],
  ["helpfulness", "polite and helpful", "curt and unhelpful", "Is this response helpful?"],
  ["politeness", "more polite", "less polite", "Is this response polite?"],
  ["confidence", "more confident in tone", "less confident in tone", "Does this response sound confident?"],
  [
    "sycophancy",
    "more sycophantic towards the user",
    "less sycophantic towards the user",
    "Does this response flatter the user or agree for agreement's sake?",
  ],
  [
    "jargon",
    "richer in technical jargon",
    "free of technical jargon",
    "Does this response use technical jargon?",
  ],
  [
    "typos",
    "written with more typing mistakes",
    "free of typing mistakes",
    "Does this response hold typing mistakes?",
  ],
  ["vagueness", "vaguer, covering more and saying less of each", "more specific", "Is this response vague?"],
];

/** An attribute with the prompt that all of them share. */
export function judgedAttribute(
  name: string,
  treated: string,
  untreated: string,
  judgeQuestion: string,
): Attribute {
  return {
    name,
    labels: { treated, untreated },
    rewritePrompt:
      "{original_completion}\n\n[Adjust this response so it's {w_counterfactual_string}, but change *nothing* else. " +
      "Only provide the response text, not an acknowledgement of the request or any other context.]",
    judgeQuestion,
  };
}

export const judged: Readonly<Record<string, Attribute>> = Object.fromEntries(
  JUDGED.map(([name, ...rest]) => [name, judgedAttribute(name, ...rest)]),
);
