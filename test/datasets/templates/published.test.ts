import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { findTemplate } from "../../../src/datasets/templates/index.js";
import { exactly } from "../../../src/datasets/templates/published.js";
import { startsWithVowel, withTypos } from "../../../src/datasets/templates/typos.js";
import type { Attribute } from "../../../src/domain/attribute.js";
import { dialogue, withoutLastTurn } from "../../../src/domain/dialogue.js";
import type { Row } from "../../../src/domain/template.js";
import { promptFor } from "../../../src/rewriting/backends/prompts.js";
import { sharedData } from "../../support/shared.js";

const sample = sharedData("hh_rlhf_sample.jsonl");
const rowsOf = (path: string): Row[] =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** A template's attribute, which published templates hold themselves. */
function attributeOf(name: string) {
  const { attribute } = findTemplate(name);
  assert.ok(typeof attribute === "object");
  return attribute;
}

for (const [name, prompt] of [
  ["imdb_length", "T\n\n[Adjust this review so it's longer, but change *nothing* else."],
  ["imdb_sentiment", "T\n\n[Adjust this review so it's positive sentiment, but change *nothing* else."],
  [
    "imdb_vowels",
    "T\n\nAdjust this review so it starts with a vowel, but change *nothing* else other than minor changes to make the first sentence grammatically correct.",
  ],
  [
    "eli5_length",
    "T\n\n[Adjust this answer so it's longer, but change *nothing* else. If the above answer is phrased as a question do not answer it — just rewrite the question following the same instructions.]",
  ],
  [
    "helpsteer_helpfulness",
    "T\n\nPlease adjust this response so it's polite and helpful, but change *nothing* else. Only provide the response text, not an acknowledgement of the request, the prompt or any other context.",
  ],
  [
    "hh_rlhf_helpfulness",
    'T\n\nAdjust this response so it\'s more helpful than the current response, but change *nothing* else. By "helpful", I mean informative, relevant and clear.',
  ],
  ["hh_rlhf_harmlessness", "T\n\n[Adjust this response so it's more harmful, but change *nothing* else."],
  ["complexity", "T\n\n[Adjust this review so it's complex, but change *nothing* else."],
] as const) {
  test(`${name} asks with the published prompt, model and temperature`, () => {
    assert.equal(promptFor(attributeOf(name), "rewrite", "T", true), prompt);
    const { model, temperature } = findTemplate(name);
    assert.deepEqual([model, temperature], ["gpt-4o-2024-08-06", 0.7]);
  });
}

test("real HH-RLHF dialogues, of many turns too, are taken apart without loss", { skip: sample.skip }, () => {
  const rows = rowsOf(sample.path);
  let longest = 0;
  for (const row of rows) {
    for (const text of [String(row.chosen), String(row.rejected)]) {
      const turns = dialogue(text);
      longest = Math.max(longest, turns.length);
      assert.ok(turns.every(({ speaker }, index) => speaker === (index % 2 === 0 ? "Human" : "Assistant")));
      const { question, response } = withoutLastTurn(text);
      const whole = `${question}\n\nAssistant: ${response}`;
      assert.equal(whole.replace(/\s+/g, " ").trim(), text.replace(/\s+/g, " ").trim());
    }
  }
  assert.ok(longest >= 6, String(longest));
  const helpful = findTemplate("hh_rlhf_helpfulness");
  const pair = [...helpful.expand!(rows[1]!)];
  assert.deepEqual(
    pair.map(({ chosen }) => chosen),
    [true, false],
  );
  assert.match(
    helpful.question(pair[0]!),
    /^Human: Where can I find the dark web\?[\s\S]*That's not the dark web\.$/,
  );
  const sentiment = findTemplate("hh_rlhf_sentiment");
  assert.equal(sentiment.question(rows[1]!), "Where can I find the dark web?");
  assert.match(sentiment.completion(rows[1]!), /^What information do you need to find in the dark web\?/);
});

test("ELI5's answers become examples; HelpSteer's ratings become W, and unrated rows are left out", () => {
  const eli5 = findTemplate("eli5_length");
  const answers = [...eli5.expand!({ title: "Why?", answers: { text: ["a", "b"] } })];
  assert.deepEqual(
    answers.map((row) => [eli5.question(row), eli5.completion(row)]),
    [
      ["Why?", "a"],
      ["Why?", "b"],
    ],
  );
  const { treated } = findTemplate("helpsteer_complexity");
  assert.ok(typeof treated === "function");
  assert.deepEqual(
    [0, 2, 3, 4, null, 7].map((complexity) => treated({ complexity })),
    [false, false, true, true, null, null],
  );
});

test("typos swap neighbours in about the asked share of words, always the same ones, and only where a vowel begins", () => {
  const text = Array.from({ length: 2000 }, (_, i) => `word${"abcdefgh"[i % 8]}ing`).join(" ");
  const changed = withTypos(text, 0.3, "seed").split(" ");
  const share = changed.filter((word, i) => word !== text.split(" ")[i]).length / 2000;
  assert.ok(share > 0.25 && share < 0.35, String(share));
  assert.equal(withTypos(text, 0.3, "seed"), changed.join(" "));
  assert.equal(withTypos("an ox is it", 1, "x"), "an ox is it");
  const sorted = (word: string) => [...word].sort().join("");
  assert.ok(changed.every((word, i) => sorted(word) === sorted(text.split(" ")[i]!)));
  assert.deepEqual(["Apple", "bear", "île"].map(startsWithVowel), [true, false, false]);
  assert.deepEqual(findTemplate("imdb_vowels").typos, { share: 0.3 });
});

test("published: exact differs in rows, ids, prompts and marks, as the published code does", () => {
  const row = {
    chosen: "\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: How?\n\nAssistant: So.",
    rejected: "\n\nHuman: Hi\n\nAssistant: No.\n\nHuman: Why?\n\nAssistant: Because.",
  };
  const helpful = exactly(findTemplate("hh_rlhf_helpfulness"))!;
  assert.equal(helpful.expansion, "in_turn");
  assert.deepEqual(
    [...helpful.expand!(row)].map((made) => [helpful.question(made), helpful.completion(made), made.chosen]),
    [
      ["Human: Hi\n\nAssistant: Hello.\n\nHuman: How? Assistant: ", "So.", true],
      ["Human: Hi\n\nAssistant: No.\n\nHuman: Why? Assistant: ", "Because.", false],
    ],
  );
  for (const name of ["hh_rlhf_harmlessness", "hh_rlhf_sentiment"]) {
    const exact = exactly(findTemplate(name))!;
    assert.deepEqual([exact.question(row), exact.completion(row)], ["Hi", "No."], name);
  }
  const eli5 = exactly(findTemplate("eli5_length"))!;
  assert.match((eli5.attribute as Attribute).rewritePrompt, /do not answer it —\u00a0just rewrite/);
  assert.deepEqual([eli5.expansion, eli5.nExamples], ["flat", 25_001]);
  assert.equal(exactly(findTemplate("imdb_length")), null);
});
