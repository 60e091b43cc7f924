import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { splitConversation } from "../../src/domain/conversation.js";
import { dialogue, turnsOfPrompt } from "../../src/domain/dialogue.js";
import type { Json } from "../../src/domain/example.js";
import { LeftOut } from "../../src/domain/left-out.js";

const user = (content: Json) => ({ role: "user", content });
const assistant = (content: Json) => ({ role: "assistant", content });

/** Why a conversation is left out. */
function reasonOf(value: Json): string {
  try {
    splitConversation(value);
  } catch (error) {
    if (error instanceof LeftOut) return error.reason;
    throw error;
  }
  return assert.fail("is not left out");
}

test("a conversation is its last answer and what stands before it, however it is written", () => {
  const expected = { question: "Hi", response: "Hello." };
  for (const value of [
    "\n\nHuman: Hi\n\nAssistant: Hello.",
    "Human: Hi\nAssistant: Hello.",
    "User: Hi\r\n\r\nAssistant: Hello.",
    [user("Hi"), assistant("Hello.")],
    [
      user([
        { type: "text", text: "H" },
        { type: "text", text: "i" },
      ]),
      assistant("Hello."),
    ],
    [
      { from: "human", value: "Hi" },
      { from: "gpt", value: "Hello." },
    ],
    ["Hi", "Hello."],
    { role: ["user", "assistant"], content: ["Hi", "Hello."] },
    { messages: [user("Hi"), assistant("Hello.")] },
    JSON.stringify([user("Hi"), assistant("Hello.")]),
  ] as Json[])
    assert.deepEqual(splitConversation(value), expected, JSON.stringify(value));
});

test("earlier turns and the system's words stand in the prompt, as a dialogue that is read again", () => {
  const { question, response } = splitConversation([
    { role: "system", content: "Be kind." },
    user("Hi"),
    assistant("Hello."),
    user("How?"),
    assistant("So."),
  ]);
  assert.equal(question, "System: Be kind.\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: How?");
  assert.equal(response, "So.");
  assert.deepEqual(
    turnsOfPrompt(question)!.map(({ speaker, text }) => [speaker, text]),
    [
      ["System", "Be kind."],
      ["Human", "Hi"],
      ["Assistant", "Hello."],
      ["Human", "How?"],
    ],
  );
});

test("what has no prompt or response, or cannot be said as text, is left out with its reason", () => {
  assert.equal(reasonOf([user("Hi")]), "without a response");
  assert.equal(reasonOf([user("Hi"), assistant(null)]), "without a response");
  assert.equal(reasonOf("Human: Hi\n\nAssistant:"), "without a response");
  assert.equal(reasonOf(null), "without a response");
  assert.equal(reasonOf([assistant("Hello.")]), "without a prompt");
  assert.equal(
    reasonOf([assistant("Hello."), user("Hi"), assistant("So.")]),
    "with a conversation that the assistant begins",
  );
  assert.equal(
    reasonOf([user("Hi"), { role: "tool", content: "1" }, assistant("So.")]),
    "with a message of the role tool",
  );
  assert.equal(
    reasonOf([user([{ type: "image_url", image_url: {} }]), assistant("So.")]),
    "with a message that is not text alone",
  );
  assert.match(
    reasonOf([user("a\n\nHuman: b"), assistant("c"), user("d"), assistant("e")]),
    /speaker's mark/,
  );
  for (const value of [5, "Hello there.", [5], '[{"role": '] as Json[])
    assert.throws(() => splitConversation(value), { name: "RateError" }, JSON.stringify(value));
});

test("messages of any text are split without loss, or left out", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", " ", "\n", ":", "Human:", "Assistant:", "System:", "é"),
    maxLength: 8,
  });
  fc.assert(
    fc.property(fc.array(text, { minLength: 2, maxLength: 7 }), (texts) => {
      const messages = texts.map((content, index) => (index % 2 === 0 ? user(content) : assistant(content)));
      let split: ReturnType<typeof splitConversation>;
      try {
        split = splitConversation(messages);
      } catch (error) {
        assert.ok(error instanceof LeftOut);
        return;
      }
      assert.equal(split.response, texts.at(-1));
      const turns = turnsOfPrompt(split.question)?.map((turn) => turn.text) ?? [split.question.trim()];
      if (texts.slice(0, -1).every((content) => content.trim() !== ""))
        assert.deepEqual(
          turns,
          texts.slice(0, -1).map((content) => content.trim()),
        );
    }),
  );
});

test("an empty last turn of the assistant is the place of the response", () => {
  const turns = (prompt: string) => turnsOfPrompt(prompt)?.map(({ text }) => text);
  assert.deepEqual(turns("\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: How?\n\nAssistant:"), [
    "Hi",
    "Hello.",
    "How?",
  ]);
  assert.deepEqual(turns("Human: Hi\n\nAssistant: "), ["Hi"]);
  assert.equal(turns("Human: Hi\n\nAssistant: Sure,"), undefined);
  assert.equal(turns("Human rights, in short"), undefined);
  assert.equal(turns("System: Ubuntu. How do I install it?"), undefined);
  assert.throws(() => dialogue("no dialogue"), /expected a dialogue that begins with Human:/);
});
