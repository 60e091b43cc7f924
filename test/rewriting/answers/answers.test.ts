import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { judgeAnswer } from "../../../src/rewriting/answers/answers.js";
import { sharedData } from "../../support/shared.js";

const ORIGINAL = "The original.";

function verdict(original: string, text: string): string {
  const outcome = judgeAnswer(original, { text, refusal: null, finishReason: "stop" });
  return outcome.status === "ok" ? "ok" : outcome.reason;
}

for (const [expected, texts] of Object.entries({
  refused: [
    "I'm sorry, but I can't assist with that request.",
    "I’m sorry, but I can’t help with that.",
    "I'm really sorry, but I can't do that.",
    "Sorry, but I can't assist with that.",
    "I cannot fulfill this request.",
    "I cannot create harmful content.",
    "I must decline to rewrite this.",
    "I won't be able to help with that.",
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
    "```\nThe film was bad.\n```",
    "<think>They want it shorter.</think>\n\nThe film",
  ],
  empty: ["", " \n "],
  unchanged: [ORIGINAL, ` ${ORIGINAL}\n`],
  ok: [
    "The film was long and dull.",
    "I'm sorry to say that the film was a bore, and I cannot recommend it to anyone with a sense of humour.",
    "I'm sorry to say that nobody can help this film.",
    "I can't help but love this film.",
    "I won't lie: this was bad.",
    "I cannot do this film justice.",
    "Sorry, this film is terrible, no help for it.",
    "Here is why I liked it: the acting.",
    "Here are ten questions that help you to go on:\n\n1. Why?",
    "Certainly! Here's a joke for you:\n\nWhy did the economist bring a ladder?",
    "Sure, it's a bad film: boring, dull.",
    "The revised edition: worse than ever.",
  ],
}))
  for (const text of texts)
    test(`${JSON.stringify(text.slice(0, 45))} is ${expected}`, () => {
      assert.equal(verdict(ORIGINAL, text), expected);
    });

test("what the original says too is no fault of its rewrite", () => {
  assert.equal(verdict("```\na\n```", "```\nb\n```"), "ok");
  assert.equal(verdict("I cannot provide that.", "I can't help with that."), "ok");
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
  const answers = rows.map(({ completions }) => completions.original);
  assert.ok(answers.filter((text) => /^(?:Sure|Certainly|Here)/.test(text)).length > 20);
  assert.deepEqual(
    answers.filter((text) => verdict(ORIGINAL, text) === "wrapped" && !text.startsWith("```")),
    [],
  );
});
