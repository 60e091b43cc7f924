import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { judgeAnswer } from "../../../src/rewriting/answers/answers.js";
import { RepeatedAnswers } from "../../../src/rewriting/answers/repeated.js";
import { REPOSITORY } from "../../support/folders.js";
import { sharedData } from "../../support/shared.js";
import { REVIEW, TRIED, triedTable } from "../../support/tried-answers.js";

const ORIGINAL = "The original.";

function verdict(original: string, text: string): string {
  const outcome = judgeAnswer(original, { text, refusal: null, finishReason: "stop" });
  return outcome.status === "ok" ? "ok" : outcome.reason;
}

for (const { kind, name, answer, finish = "stop", reasoning, original = REVIEW, becomes, kept } of TRIED)
  test(`${kind}: ${JSON.stringify(name)} becomes ${becomes}`, () => {
    const given = { text: answer, refusal: null, finishReason: finish, ...(reasoning && { reasoning }) };
    const outcome = judgeAnswer(original, given);
    assert.equal(outcome.status === "ok" ? "ok" : outcome.reason, becomes, JSON.stringify(outcome));
    if (outcome.status === "ok") assert.equal(outcome.text.trim(), kept ?? answer);
    else if (becomes === "reasoning") assert.match(outcome.detail, /enable_thinking: false/);
  });

test("the documents hold the table of what was tried", () => {
  const page = readFileSync(join(REPOSITORY, "docs", "rewriting.md"), "utf8");
  assert.ok(page.includes(triedTable()), `docs/rewriting.md needs this table:\n${triedTable()}`);
});

for (const [expected, texts] of Object.entries({
  refused: [
    "I’m sorry, but I can’t help with that.",
    "I'm really sorry, but I can't do that.",
    "Sorry, but I can't assist with that.",
    "I cannot fulfill this request.",
    "I cannot create harmful content.",
    "I must decline to rewrite this.",
    "Unfortunately, I'm unable to assist.",
    "I apologize, but I do not feel comfortable rewriting this to be more harmful.",
    "As an AI language model, I cannot provide that.",
  ],
  wrapped: [
    "Sure, here is the rewritten review: The film was bad.",
    "Sure, here is the adjusted review:\n\nThe film was long.",
    "Here’s the adjusted response:\n\nThe film",
    "Certainly! Below is a more formal version:\nThe film",
    "Here you go:\nThe film",
    "I've adjusted the review to be longer:\n\nThe film",
    "**Adjusted Review:**\n\nThe film",
    "[Adjusted review]: The film",
    "Revised:\n\nThe film",
  ],
  unchanged: [ORIGINAL, ` ${ORIGINAL}\n`],
  ok: [
    "The film was long and dull.",
    "I'm sorry to say that nobody can help this film.",
    "I won't lie: this was bad.",
    "I cannot do this film justice.",
    "Here are ten questions that help you to go on:\n\n1. Why?",
    "Certainly! Here's a joke for you:\n\nWhy did the economist bring a ladder?",
    "Okay.",
    "Done!",
  ],
}))
  for (const text of texts)
    test(`${JSON.stringify(text.slice(0, 45))} is ${expected}`, () => {
      assert.equal(verdict(ORIGINAL, text), expected);
    });

test("what the original says too is no fault of its rewrite", () => {
  assert.equal(verdict("```\na\n```", "```\nb\n```"), "ok");
  assert.equal(verdict("I cannot provide that.", "I can't help with that."), "ok");
  assert.equal(
    verdict("Write <think> before and </think> after.", "Write <think> first and </think> last."),
    "ok",
  );
});

test("hostile answers of 50,000 characters are judged too", () => {
  for (const text of [
    "\n".repeat(50_000),
    " \n".repeat(20_000),
    "here ".repeat(20_000),
    "<think>".repeat(10_000),
    "(".repeat(50_000),
  ]) {
    assert.notEqual(verdict(REVIEW, `x${text}y`), "ok");
    assert.notEqual(verdict(`x${text}y`, text), "");
  }
});

test("the very same answer to several different texts is none, unless it is made of their words", () => {
  const repeated = new RepeatedAnswers();
  const texts = ["A lamp that shines.", "A chair that stands.", "A book that tells.", "A pan that sizzles."];
  for (const text of texts) repeated.add(text, "Ni tio ne eblas, bedaŭrinde.");
  for (const text of texts) assert.ok(repeated.has(text, " ni tio ne eblas,  bedaŭrinde."));
  assert.ok(!repeated.has(texts[0]!, "Something else."));
  const short = ["Good, good lamp.", "Good chair!", "Good book.", "A good pan."];
  for (const text of short) repeated.add(text, "Good.");
  for (const text of short) assert.ok(!repeated.has(text, "Good."), text);
  repeated.add("One text.", "Twice only.");
  repeated.add("One text.", "Twice only.");
  repeated.add("Another text.", "Twice only.");
  assert.ok(!repeated.has("One text.", "Twice only."));
});

const structure = sharedData("bias_structure_scored.jsonl");

test("of the rewrites that GPT-4o has made, lead-ins are found and answers that begin with Sure or Certainly are left alone", {
  skip: structure.skip,
}, () => {
  const rows: { completions: Record<"original" | "rewrite", string> }[] = readFileSync(structure.path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const found = rows
    .filter(({ completions: { original, rewrite } }) => verdict(original, rewrite) === "wrapped")
    .map(({ completions }) => completions.rewrite);
  assert.equal(found.length, 9);
  for (const text of found) assert.match(text.slice(0, 100), /[Hh]ere('s| is) .*(response|version)/);
});

const reviews = sharedData("imdb_reviews.jsonl");
const dialogues = sharedData("hh_rlhf_sample.jsonl");

test("of ordinary reviews, sentences and turns of dialogues at most 3 in 1,000 are left out", {
  skip: reviews.skip || dialogues.skip,
}, (t) => {
  const lines = (path: string) =>
    readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  const people = lines(reviews.path).flatMap(({ text, counterfactual }) => [
    [text, counterfactual],
    [counterfactual, text],
  ]);
  const turns = lines(dialogues.path).flatMap(({ chosen, rejected }) =>
    `${chosen}${rejected}`.split(/\n\n(?:Human|Assistant): /).map((turn) => [ORIGINAL, turn.trim()]),
  );
  const sentences = ["imdb", "amazon", "yelp"].flatMap((name) => {
    const path = join(REPOSITORY, "node_modules", "sentiment", "test", "fixtures", `${name}.json`);
    return JSON.parse(readFileSync(path, "utf8")).map(({ text }: { text: string }) => [ORIGINAL, text]);
  });
  for (const [name, pairs] of Object.entries({ people, turns, sentences })) {
    const tried = [
      ...new Map((pairs as [string, string][]).map((pair) => [pair.join("\n"), pair])).values(),
    ].filter(([original, text]) => text.trim() !== "" && text.trim() !== original.trim());
    const out = tried.filter(([original, text]) => verdict(original, text) !== "ok");
    t.diagnostic(`${name}: ${out.length} of ${tried.length} left out`);
    assert.ok(
      out.length <= 0.003 * tried.length,
      `${name}: ${out.map(([, text]) => text.slice(0, 200)).join("\n")}`,
    );
  }
});
