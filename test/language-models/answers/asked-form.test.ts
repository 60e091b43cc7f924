import assert from "node:assert/strict";
import { test } from "node:test";
import { readLetter, readNumber } from "../../../src/language-models/answers/asked-form.js";

const AB = { yes: "B", no: "A" };

/** Answers of a judge that was asked for A (no) or B (yes), and what is read from each. */
const LETTERS: readonly (readonly [string, boolean | null])[] = [
  ["B", true],
  ["A", false],
  [" b\n", true],
  ["B.", true],
  ["(B)", true],
  ["[A]", false],
  ["**B**", true],
  ["**B.**", true],
  ["`A`", false],
  ["Ｂ", true],
  ["「B」", true],
  ['"B"', true],
  ["$\\boxed{B}$", true],
  ["\\boxed{\\text{A}}", false],
  ['{"answer": "B"}', true],
  ['{"answer":"A"}', false],
  ['```json\n{"answer": "B"}\n```', true],
  ['{"choice": "B"}', true],
  ['{"answer": "B", "reason": "polite"}', true],
  ['{"a": "A", "b": "B"}', null],
  ['{"answer": null}', null],
  ['{"answer": "A polite text"}', null],
  ["Answer: B", true],
  ["**Answer:** B", true],
  ["**Answer: B**", true],
  ["The answer is B.", true],
  ["My final answer: (A)", false],
  ["Final answer = A", false],
  ["Antwort: B", true],
  ["Réponse : B", true],
  ["Respuesta: A", false],
  ["答案：B", true],
  ["回答：A", false],
  ["정답: B", true],
  ["Ответ: B", true],
  ["B: yes", true],
  ["B (yes)", true],
  ["A - no", false],
  ["A: yes", null],
  ["B: no", null],
  ["B\n\nThe response thanks the reader.", true],
  ["It thanks the reader, as polite people do.\n\nAnswer: B", true],
  ["A\nfew words of thanks.\n\nAnswer: B", true],
  ["Answer:\nB", true],
  ["<think>\nA? No.\n</think>\n\nB", true],
  ["It is a curt text, so A\n</think>\n\nB", true],
  ["[THINK]A or B?[/THINK]B", true],
  ["<|channel|>analysis<|message|>A?<|end|><|start|>assistant<|channel|>final<|message|>B<|return|>", true],
  ["A polite and friendly response, so yes: B", null],
  ["A rather neutral response: A", null],
  ["A polite response.", null],
  ["A response that thanks, so B is right", null],
  ["The answer is a matter of taste.", null],
  ["Answer: A or B", null],
  ["A/B", null],
  ["A B", null],
  ["AB", null],
  ["C", null],
  ["yes", null],
  ["Both", null],
  ["", null],
  ["<think>B", null],
  ["I would say B", null],
  ["Bien", null],
];

for (const [answer, expected] of LETTERS)
  test(`a label in ${JSON.stringify(answer.slice(0, 60))}: ${expected}`, () => {
    assert.equal(readLetter(answer, AB), expected);
  });

/** Answers of a judge that was asked for a whole number from 1 to 9. */
const NUMBERS: readonly (readonly [string, number | null])[] = [
  ["7", 7],
  [" 7 ", 7],
  ["7.", 7],
  ["7.0", 7],
  ["**7**", 7],
  ["７", 7],
  ["3/9", 3],
  ["3 / 9", 3],
  ["3 out of 9", 3],
  ["**3/9**", 3],
  ["Score: 3/9", 3],
  ["**Score:** 3", 3],
  ["Rating: 4 out of 9", 4],
  ["The score is 5.", 5],
  ["评分：6", 6],
  ["점수: 6점", 6],
  ['{"score": 8}', 8],
  ['{"answer": "8"}', 8],
  ['{"score": "8/9"}', 8],
  ["It is clear.\n\nScore: 8", 8],
  ["8\n\nIt is clear and names 2 reasons.", 8],
  ["<think>2 or 3?</think>4", 4],
  ["$\\boxed{9}$", 9],
  ["3/10", null],
  ["10", null],
  ["0", null],
  ["7.5", null],
  ["-3", null],
  ["7-8", null],
  ["7 or 8", null],
  ["The review is fairly long and makes 1 point several times, which", null],
  ["The response makes about 2 good points, and its tone is", null],
  ["I would give it a 7", null],
  ["Score: between 3 and 4", null],
  ["", null],
  ["seven", null],
  ["<think>\nLet me weigh this: there are 3 sentences, the", null],
];

for (const [answer, expected] of NUMBERS)
  test(`a score in ${JSON.stringify(answer.slice(0, 60))}: ${expected}`, () => {
    assert.equal(readNumber(answer, [1, 9]), expected);
  });

test("the end of a scale is that of the scale", () => {
  assert.equal(readNumber("3/10", [0, 10]), 3);
  assert.equal(readNumber("85/100", [0, 100]), 85);
  assert.equal(readNumber("100", [0, 100]), 100);
});
