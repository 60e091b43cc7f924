import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../../src/domain/config/parse.js";

const config = (keys: string, block = "rewrites") =>
  block === "rewrites"
    ? `rewrites:\n  dataset_name: imdb_length\n  ${keys}\n`
    : block === "judge"
      ? `rewrites:\n  dataset_name: imdb_length\n  judge: { ${keys} }\n`
      : `scoring:\n  model: j\n  runtime: judge\n  judge: { ${keys} }\n`;

test("a language model is described by the same keys wherever one is asked", () => {
  const keys =
    'temperature: null, max_completion_tokens: 9, headers: { x-title: a, authorization: "Bearer $MY_KEY" }, query: { api-version: 2024-06-01, n: 2 }, ' +
    "extra_body: { think: false, provider: { sort: price } }, reasoning_effort: low, chat_template_kwargs: { enable_thinking: false }";
  const rewrites = parseConfig(config(`judge: { ${keys} }`), "c.yaml").rewrites!.judge;
  const scoring = parseConfig(config(keys, "scoring"), "c.yaml").scoring!.judge;
  assert.deepEqual(rewrites, scoring);
  assert.deepEqual(scoring!.query, { "api-version": "2024-06-01", n: "2" });
  const own = parseConfig(config("temperature: null\n  reasoning_effort: low"), "c.yaml").rewrites!;
  assert.deepEqual([own.temperature, own.reasoning_effort], [null, "low"]);
});

for (const [keys, message] of [
  [
    "headers: { authorization: Bearer sk-123456 }",
    /c\.yaml:\d: .*authorization: put the key into \.env and name its variable here/,
  ],
  ["headers: { X-Api-Key: abc }", /put the key into \.env/],
  ["headers: { host: a }", /is set by rate itself/],
  ['headers: { "a b": c }', /is not the name of a header/],
  ["extra_body: { messages: [] }", /messages: this field is set by rate itself/],
  ["reasoning_effort: very low", /expected one word, such as low/],
  ["temperature: hot", /temperature/],
] as const)
  test(`${keys} is refused`, () => {
    for (const block of ["rewrites", "judge", "scoring"] as const)
      assert.throws(() => parseConfig(config(keys, block), "c.yaml"), message);
  });
