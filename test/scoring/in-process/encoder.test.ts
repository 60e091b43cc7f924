import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type RecipeFields, recipeOf } from "../../../src/domain/recipe.js";
import { type EncodedInput, type Encoder, openEncoder } from "../../../src/scoring/in-process/encoder.js";
import { openModelFiles } from "../../../src/scoring/in-process/model-files.js";
import { emptyFolder, REPOSITORY } from "../../support/folders.js";
import { world } from "../../support/hub.js";
import { END_ID, modelFolder } from "../../support/model-folder.js";

const CHAT =
  "{{ bos_token }}{% for message in messages %}[{{ message.role }}] {{ message.content | trim }} [SEP]{% endfor %}";

/** The embedded model's tokenizer with a chat template, and [CLS] for its BOS. */
async function open(
  t: TestContext,
  { chat = CHAT, settings = {}, ...fields }: Partial<RecipeFields> & { chat?: string; settings?: object },
): Promise<Encoder> {
  const folder = emptyFolder(t);
  cpSync(join(REPOSITORY, "assets/models/review-sentiment"), folder, { recursive: true });
  const path = join(folder, "tokenizer_config.json");
  const known = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...known, bos_token: { content: "[CLS]" }, ...settings }));
  writeFileSync(join(folder, "chat_template.jinja"), chat);
  const template = recipeOf({ name: "test", model: folder, input: "chat", ...fields });
  return openEncoder(template, await openModelFiles(template, world));
}

const shown = (encoder: Encoder, { ids }: EncodedInput) =>
  encoder
    .show(ids)
    .map(({ text, special }) => (special ? `<${text}>` : text))
    .join(" ");

test("a chat has its BOS once, whether the template or the tokenizer puts it there", async (t) => {
  const input = { prompt: "is it good", response: "very good" };
  const expected = "<[CLS]> [ user ] is it good <[SEP]> [ assistant ] very good <[SEP]>";
  for (const chat of [CHAT, CHAT.replace("{{ bos_token }}", ""), `{{ bos_token }}${CHAT}`]) {
    const encoder = await open(t, { chat });
    const encoded = encoder.encode(input);
    assert.equal(shown(encoder, encoded).replace(/<\[UNK\]>/g, "?"), expected);
    assert.deepEqual([encoded.bosCount, encoded.truncated], [1, false]);
  }
  const without = (await open(t, { bos: "none" })).encode(input);
  assert.equal(without.bosCount, 0);
  assert.notEqual(without.inputHash, (await open(t, {})).encode(input).inputHash);
});

test("a dialogue becomes turns, unless its recipe says otherwise or the human has not the last word", async (t) => {
  const turns = await open(t, {});
  const dialogue = "Human: good\n\nAssistant: bad\n\nHuman: very good";
  assert.equal(
    turns.encode({ prompt: dialogue, response: "no" }).text,
    "[CLS][user] good [SEP][assistant] bad [SEP][user] very good [SEP][assistant] no [SEP]",
  );
  const message = await open(t, { dialogue: "message" });
  assert.ok(
    message.encode({ prompt: dialogue, response: "no" }).text.startsWith("[CLS][user] Human: good\n"),
  );
  const unanswered = "Human: good\n\nAssistant: bad";
  assert.ok(
    turns.encode({ prompt: unanswered, response: "no" }).text.startsWith("[CLS][user] Human: good\n"),
  );
});

test("cutting takes the response's end or beginning, then the prompt's, and leaves the frame whole", async (t) => {
  const input = { prompt: "is it good", response: "bad bad bad good very very very" };
  const cut = async (fields: Partial<RecipeFields>) => {
    const encoder = await open(t, fields);
    const encoded = encoder.encode(input);
    assert.ok(encoded.truncated && encoded.tokens === fields.maxTokens);
    return [shown(encoder, encoded), encoded.cut] as const;
  };
  const frame = (prompt: string, response: string) =>
    `<[CLS]> [ user ] ${prompt} <[SEP]> [ assistant ] ${response} <[SEP]>`;
  const [right, cutRight] = await cut({ maxTokens: 16 });
  assert.equal(right.replace(/<\[UNK\]>/g, "?"), frame("is it good", "bad bad bad good"));
  assert.deepEqual(cutRight, { prompt: 0, response: 3 });
  const [left] = await cut({ maxTokens: 16, truncation: "left" });
  assert.equal(left.replace(/<\[UNK\]>/g, "?"), frame("is it good", "good very very very"));
  const [short, cutShort] = await cut({ maxTokens: 13 });
  assert.equal(short.replace(/<\[UNK\]>/g, "?"), frame("good", "bad bad bad"));
  assert.deepEqual(cutShort, { prompt: 2, response: 4 });
  const refusing = await open(t, { maxTokens: 16, truncation: "refuse" });
  assert.throws(
    () => refusing.encode(input),
    /the input has 19 tokens and may have 16; .*truncation: refuse/,
  );
  const tiny = await open(t, { maxTokens: 6 });
  assert.throws(
    () => tiny.encode(input),
    /the frame around prompt and response alone has more than the 6 tokens/,
  );
});

test("a template's date is always the same, and what it refuses is told", async (t) => {
  const dated = await open(t, { chat: '{{ strftime_now("%d %b %Y") }}' });
  assert.equal(dated.encode({ prompt: "a", response: "b" }).text, "26 Jul 2024");
  const strict = await open(t, { chat: '{{ raise_exception("no system message") }}' });
  assert.throws(
    () => strict.encode({ prompt: "a", response: "b" }),
    /its chat template refuses the conversation \(no system message\)/,
  );
});

test("pairs know which token belongs to which; an empty response leaves one sequence, as in transformers", async (t) => {
  const encoder = await open(t, { input: "pair" });
  const encoded = encoder.encode({ prompt: "good", response: "bad bad" });
  assert.deepEqual(encoded.typeIds, [0, 0, 0, 1, 1, 1]);
  assert.equal(shown(encoder, encoder.encode({ prompt: "good", response: "" })), "<[CLS]> good <[SEP]>");
});

test("no input is longer than the model can take, whatever the recipe says", async (t) => {
  const encoder = await open(t, { input: "response", maxTokens: 4096, settings: { model_max_length: 20 } });
  assert.equal(encoder.maxTokens, 20);
  assert.equal(encoder.encode({ prompt: "", response: "good ".repeat(100) }).tokens, 20);
});

test("a tokenizer that cuts by default cuts nothing, an appended token and steps are read where they are", async (t) => {
  const folder = modelFolder(join(emptyFolder(t), "rm"), {
    tokenizer: { truncation: { direction: "Right", max_length: 8, strategy: "LongestFirst", stride: 0 } },
  });
  const encoderOf = async (more: Partial<RecipeFields>) => {
    const recipe = recipeOf({ name: "rm", model: folder, input: "chat", ...more });
    return openEncoder(recipe, await openModelFiles(recipe, world));
  };
  const long = { prompt: "How?", response: "a".repeat(300) };
  const plain = await encoderOf({});
  assert.ok(plain.encode(long).tokens > 300 && !plain.encode(long).truncated);
  const appended = await encoderOf({ append: "<tag>", maxTokens: 64 });
  assert.equal(appended.encode(long).ids.at(-1), 260);
  assert.equal(appended.encode(long).tokens, 64);
  assert.deepEqual((await encoderOf({ append: 7 })).encode(long).ids.at(-1), 7);
  await assert.rejects(encoderOf({ append: "<none>" }), /"<none>" is no single token of its tokenizer/);
  const steps = { tag: "<tag>", separator: "\n\n", reduce: "min" } as const;
  const stepwise = await encoderOf({ output: { field: "logits", value: 0, steps }, maxTokens: 64 });
  const tags = (response: string) =>
    stepwise.encode({ prompt: "How?", response }).ids.filter((id) => id === 260).length;
  assert.deepEqual(["one", "one\n\ntwo\n\nthree", "", `${"a".repeat(99)}`].map(tags), [1, 3, 1, 1]);
  assert.deepEqual(stepwise.reading, { tag: 260 });
  const spoken = await encoderOf({
    system: "Be strict.",
    chatTemplate: "{{ mood }}{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}{% endfor %}",
    templateKwargs: { mood: "!" },
  });
  assert.equal(spoken.encode({ prompt: "a", response: "b" }).text, "![system]Be strict.[user]a[assistant]b");
});

test("texts that end with the model's pad token are said, but for heads that do not look for it", async (t) => {
  const folder = modelFolder(join(emptyFolder(t), "rm"), { config: { pad_token_id: END_ID } });
  const said = async (more: Partial<RecipeFields>) => {
    const recipe = recipeOf({ name: "rm", model: folder, input: "chat", ...more });
    return (await openEncoder(recipe, await openModelFiles(recipe, world))).padAtEnd;
  };
  assert.match((await said({})) ?? "", /texts end with the model's pad token \(258\)/);
  assert.equal(await said({ append: "<tag>" }), null);
  assert.equal(
    await said({ modelClass: "AutoModel", headLayers: { layers: ["v"], activation: "none" } }),
    null,
  );
});
