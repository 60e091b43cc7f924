import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { judgeAnswer } from "../../src/rewriters/answers.js";
import { chatServer } from "../support/chat-server.js";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";

const KEY = "sk-secret-123";

function study(cwd: string, url: string, count: number): void {
  const rows = Array.from({ length: count }, (_, i) =>
    JSON.stringify({ id: `r${i}`, text: `review ${i} {w_counterfactual_string} ${"x".repeat(i)}` }),
  );
  writeFileSync(join(cwd, "reviews.jsonl"), rows.join("\n"));
  writeFileSync(
    join(cwd, "config.yaml"),
    `rewrites:
  dataset_name: reviews
  data: { file: reviews.jsonl, columns: { id: id, response: text }, prompt: "Write a review: " }
  attribute: length
  rewriter: openai
  model: test-model
  base_url: ${url}
  concurrency: 8
`,
  );
}

/** A rewrite that tells which text and direction it is of. */
function rewritten(prompt: string): string {
  const [text, instruction] = prompt.split("\n\n[");
  return `${text} → ${instruction!.includes("longer") ? "longer" : "shorter"}`;
}

function read(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
}

test("a server that misbehaves lawfully: every text belongs to its example, nothing is paid twice, no key is written", async (t) => {
  const cwd = emptyFolder(t);
  const server = await chatServer(t, (prompt, count) => {
    if (count % 5 === 0) return { status: count % 2 === 0 ? 429 : 500, headers: { "retry-after-ms": "5" } };
    if (count % 13 === 0) return "cut";
    if (prompt.startsWith("review 7 ")) return { text: "", refusal: "I cannot do that." };
    if (prompt.startsWith("review 9 ")) return { text: "half of a", finish: "length" };
    return { text: rewritten(prompt) };
  });
  study(cwd, server.url, 60);
  const done = await rate(["create-dataset", "--config", "config.yaml", "--json"], {
    cwd,
    env: { OPENAI_API_KEY: KEY },
  });
  assert.equal(done.code, 0, done.stderr);
  const [path] = JSON.parse(done.stdout).rewrites;
  const data = JSON.parse(readFileSync(path, "utf8"));
  for (const [id, example] of Object.entries<{
    completions: Record<string, string>;
    w_original: boolean;
    rewrite_failure?: { reason: string };
  }>(data)) {
    const { original, rewrite, "rewritten rewrite": second } = example.completions;
    if (id === "r7" || id === "r9") {
      assert.deepEqual(
        [example.rewrite_failure?.reason, rewrite],
        [id === "r7" ? "refused" : "cut_off", undefined],
      );
      continue;
    }
    const [first, back] = example.w_original ? ["shorter", "longer"] : ["longer", "shorter"];
    assert.deepEqual([rewrite, second], [`${original} → ${first}`, `${original} → ${first} → ${back}`]);
  }
  const bad = server.answered.filter((prompt) => /^review [79] /.test(prompt)).length;
  assert.equal(bad, 4, "a bad answer is asked for once more");
  assert.equal(server.answered.length, 58 * 2 + bad);
  assert.deepEqual([...server.keys], [`Bearer ${KEY}`]);
  assert.ok(!`${read(cwd)}${done.stderr}${done.stdout}`.includes(KEY));
  const journal = read(join(cwd, "data/batch_api"));
  for (const kept of ['"model":"test-model-2024"', '"finishReason":"length"', '"usage":{"promptTokens":10'])
    assert.ok(journal.includes(kept), kept);
});

test("killed again and again, no prompt is paid twice", async (t) => {
  const cwd = emptyFolder(t);
  const server = await chatServer(t, (prompt) => ({ text: rewritten(prompt) }));
  study(cwd, server.url, 400);
  for (const killAfter of [450, 550, 500])
    await rate(["create-dataset", "--config", "config.yaml"], { cwd, killAfter });
  const done = await rate(["create-dataset", "--config", "config.yaml"], { cwd });
  assert.equal(done.code, 0, done.stderr);
  // What was under way when the process was killed had not been received: at most one a connection and kill.
  assert.ok(server.answered.length <= 800 + 3 * 8, String(server.answered.length));
  assert.equal(new Set(server.answered).size, 800);
});

test("another run that asks the same gets it free; another model does not", async (t) => {
  const cwd = emptyFolder(t);
  const server = await chatServer(t, (prompt) => ({ text: `${rewritten(prompt)}\u2028next` }));
  study(cwd, server.url, 20);
  await rate(["create-dataset", "--config", "config.yaml"], { cwd });
  assert.equal(server.answered.length, 40);
  const again = await rate(["create-dataset", "--config", "config.yaml"], { cwd });
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /40 answers of earlier runs are at hand/);
  assert.equal(server.answered.length, 40);
  const [first, second] = readdirSync(join(cwd, "data/rewrites")).filter((name) => name.endsWith(".json"));
  assert.equal(
    readFileSync(join(cwd, "data/rewrites", first!), "utf8"),
    readFileSync(join(cwd, "data/rewrites", second!), "utf8"),
  );
  const config = readFileSync(join(cwd, "config.yaml"), "utf8");
  writeFileSync(join(cwd, "config.yaml"), config.replace("test-model", "other-model"));
  await rate(["create-dataset", "--config", "config.yaml"], { cwd });
  assert.equal(server.answered.length, 80);
});

test("a refused key and an unknown model end the run with a way on, and keep the key out", async (t) => {
  for (const [status, message] of [
    [401, /refuses the key \(401\): check OPENAI_API_KEY/],
    [404, /does not know the model test-model/],
  ] as const) {
    const cwd = emptyFolder(t);
    const server = await chatServer(t, () => ({ status }));
    study(cwd, server.url, 3);
    const done = await rate(["create-dataset", "--config", "config.yaml"], {
      cwd,
      env: { OPENAI_API_KEY: KEY },
    });
    assert.equal(done.code, 2);
    assert.match(done.stderr, message);
    assert.ok(!`${done.stderr}${read(cwd)}`.includes(KEY));
  }
});

test("without a key the provider is not asked", async (t) => {
  const cwd = emptyFolder(t);
  study(cwd, "https://api.example.com/v1", 3);
  const done = await rate(["create-dataset", "--config", "config.yaml"], { cwd });
  assert.equal(done.code, 2);
  assert.match(done.stderr, /OPENAI_API_KEY is not set/);
});

for (const [text, expected] of [
  ["The film was long and dull.", "ok"],
  ["I'm sorry, but I can't assist with that request.", "refused"],
  [
    "I'm sorry to say that the film was a bore, and I cannot recommend it to anyone with a sense of humour.",
    "ok",
  ],
  ["Sure, here is the adjusted review:\n\nThe film was long.", "wrapped"],
  ["Here is why I liked it: the acting.", "ok"],
  ["  ", "empty"],
  ["The original.", "unchanged"],
] as const) {
  test(`an answer that begins ${JSON.stringify(text.slice(0, 30))} is ${expected}`, () => {
    const outcome = judgeAnswer("The original.", { text, refusal: null, finishReason: "stop" });
    assert.equal(outcome.status === "ok" ? "ok" : outcome.reason, expected);
  });
}
