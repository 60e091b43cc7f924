import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { chatServer } from "../support/chat-server.js";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";

/** Tokens that the test's server bills for an answer. */
const PROMPT = 10;
const ANSWER = 5;
const PRICE = 1000;
const PRICE_OF_ONE = ((PROMPT + ANSWER) * PRICE) / 1e6;

/** A study of three attributes whose rewriter and judge are paid; the judge answers with a score. */
async function study(t: TestContext, judgePrices = `{ prompt: ${PRICE}, completion: ${PRICE} }`) {
  const cwd = emptyFolder(t);
  const server = await chatServer(t, (prompt) =>
    prompt.includes("[Beginning of the response]")
      ? { text: String(1 + (prompt.length % 9)) }
      : { text: `${prompt.split("\n\n[")[0]} again ${prompt.includes("longer") ? "and on" : "so"}` },
  );
  const texts = Array.from({ length: 8 }, (_, id) =>
    JSON.stringify({ id, text: `${id % 2 === 0 ? "Good" : "Bad"} text ${id} ${"x".repeat(id)}.` }),
  );
  writeFileSync(join(cwd, "rows.jsonl"), texts.join("\n"));
  writeFileSync(
    join(cwd, "config.yaml"),
    `rewrites:
  dataset_name: rows
  data: { file: rows.jsonl, columns: { id: id, response: text }, prompt: "" }
  attribute: [length, sentiment, formality]
  rewriter: openai
  model: m
  base_url: ${server.url}
  concurrency: 2
  prices: { prompt: ${PRICE}, completion: ${PRICE} }
scoring:
  model: grader
  runtime: judge
  judge: { base_url: "${server.url}", score: parsed, concurrency: 2, prices: ${judgePrices} }
`,
  );
  const call = (...more: string[]) => rate(["run", "--config", "config.yaml", ...more], { cwd });
  return { server, call, spent: () => server.answered.length * PRICE_OF_ONE };
}

test("one limit holds over all data sets and the judge that scores them, also when the run goes on", async (t) => {
  const { server, call, spent } = await study(t);
  for (const limit of [0.4, 0.8, 1.1]) {
    const done = await call("--max-cost", String(limit));
    assert.equal(done.code, 1, done.stderr);
    assert.match(done.stderr, /the limit of \$\d\.\d\d would be passed: \$/);
    assert.ok(spent() <= limit, `$${spent()} of $${limit}`);
    assert.ok(spent() > limit - 0.45, `$${spent()} of $${limit}: what was paid before counts once`);
  }
  const before = new Set(server.answered);
  assert.ok(
    [...before].some((prompt) => prompt.includes("[Beginning of the response]")),
    "the judge was limited too",
  );
  const done = await call("--max-cost", "100");
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stderr, new RegExp(`spent in all: \\$${spent().toFixed(2)} of at most \\$100`));
});

test("a dry run counts the judge that scores, and all that it will be asked", async (t) => {
  const { server, call } = await study(t);
  const dry = await call("--dry-run", "--json");
  assert.equal(dry.code, 0, dry.stderr);
  const estimates: { what: string; model: string; requests: number; cost: number }[] = JSON.parse(dry.stdout);
  assert.deepEqual(
    estimates.map(({ what, model, requests }) => [what, model, requests]),
    ["length", "sentiment", "formality"].flatMap(() => [
      ["rewrites", "m", 16],
      ["scores", "grader", 24],
    ]),
  );
  assert.ok(estimates.every(({ cost }) => cost > 0));
  assert.equal(server.answered.length, 0);
});

test("a limit that no price can keep is refused before anything is asked, with the name of the setting", async (t) => {
  const cwd = emptyFolder(t);
  writeFileSync(join(cwd, "rows.jsonl"), JSON.stringify({ text: "one" }));
  const scoring = "scoring: { model: some-judge, runtime: judge }\n";
  const rewrites =
    "rewrites:\n  dataset_name: rows\n  data: { file: rows.jsonl, columns: { response: text }, prompt: '' }\n" +
    "  attribute: length\n  rewriter: openai\n";
  const env = { OPENAI_API_KEY: "sk-secret-123" };
  for (const [config, where] of [
    [`${rewrites}  model: some-model\n${scoring}`, "rewrites: prices"],
    [`${rewrites}  model: gpt-4o-mini\n${scoring}`, "scoring: judge: prices"],
  ] as const) {
    writeFileSync(join(cwd, "config.yaml"), config);
    const done = await rate(["run", "--config", "config.yaml", "--max-cost", "1"], { cwd, env });
    assert.equal(done.code, 2, done.stderr);
    assert.match(done.stderr, new RegExp(`--max-cost: the price of some-\\w+ is not known .*${where}`));
  }
});
