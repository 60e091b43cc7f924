import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fractionOf } from "../../../src/domain/hash.js";
import { chatServer } from "../../support/chat-server.js";
import { emptyFolder } from "../../support/folders.js";
import { rate } from "../../support/program.js";
import { sharedData } from "../../support/shared.js";

const KEY = "sk-secret-123";

const reviews = sharedData("imdb_reviews.jsonl");

function study(cwd: string, url: string, count: number, file = "reviews.jsonl"): void {
  const rows = Array.from({ length: count }, (_, i) =>
    JSON.stringify({ id: `r${i}`, text: `review ${i} {w_counterfactual_string} ${"x".repeat(i)}` }),
  );
  writeFileSync(join(cwd, "reviews.jsonl"), rows.join("\n"));
  writeFileSync(
    join(cwd, "config.yaml"),
    `rewrites:
  dataset_name: reviews
  data: { file: ${file}, columns: { response: text }, prompt: "Write a review: " }
  n_examples: ${count}
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
  const at = prompt.lastIndexOf("\n\n[Adjust");
  return `${prompt.slice(0, at)} → ${prompt.slice(at).includes("longer") ? "longer" : "shorter"}`;
}

interface Stored {
  readonly completions: Record<string, string>;
  readonly w_original: boolean;
  readonly rewrite_failure?: { readonly reason: string };
}

function checkTexts(data: Record<string, Stored>, count: number): void {
  assert.equal(Object.keys(data).length, count);
  for (const { completions, w_original } of Object.values(data)) {
    const { original, rewrite, "rewritten rewrite": second } = completions;
    const [first, back] = w_original ? ["shorter", "longer"] : ["longer", "shorter"];
    assert.deepEqual([rewrite, second], [`${original} → ${first}`, `${original} → ${first} → ${back}`]);
  }
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
  const titles = new Set<string>();
  let child = 0;
  const server = await chatServer(t, (prompt, count) => {
    if (process.platform === "linux") titles.add(readFileSync(`/proc/${child}/cmdline`, "utf8"));
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
    started: (pid) => {
      child = pid;
    },
  });
  assert.equal(done.code, 0, done.stderr);
  const [path] = JSON.parse(done.stdout).rewrites;
  const data = JSON.parse(readFileSync(path, "utf8"));
  const bads: Record<string, string> = { 7: "refused", 9: "cut_off" };
  for (const [id, reason] of Object.entries(bads)) {
    const { rewrite_failure: failure, completions } = data[`r${id}`];
    assert.deepEqual([failure.reason, completions.rewrite], [reason, undefined]);
    delete data[`r${id}`];
  }
  checkTexts(data, 58);
  const bad = server.answered.filter((prompt) => /^review [79] /.test(prompt)).length;
  assert.equal(bad, 4, "a bad answer is asked for once more");
  assert.equal(server.answered.length, 58 * 2 + bad);
  assert.deepEqual([...server.keys], [`Bearer ${KEY}`]);
  assert.ok(!`${read(cwd)}${done.stderr}${done.stdout}${[...titles]}`.includes(KEY));
  const journal = read(join(cwd, "data/batch_api"));
  for (const kept of [
    '"model":"test-model-2024"',
    '"text":"half of a","model":',
    '"finish_reason":"length"',
    '"usage":{"prompt_tokens":10',
  ])
    assert.ok(journal.includes(kept), kept);
});

test("1,000 reviews, killed again and again until they are done: each text belongs to its example, and only what was on the adapter is asked again", {
  skip: reviews.skip,
}, async (t) => {
  const cwd = emptyFolder(t);
  let calls = 0;
  let called: (() => void)[] = [];
  const server = await chatServer(t, (prompt, count) => {
    calls += 1;
    for (const tell of called) tell();
    called = [];
    const roll = fractionOf(`call ${count}`);
    if (roll < 0.07) return { status: 429, headers: { "retry-after-ms": "2" } };
    if (roll < 0.14) return { status: 500, headers: { "retry-after-ms": "2" } };
    if (roll < 0.15) return "cut";
    return { text: rewritten(prompt) };
  });
  study(cwd, server.url, 1000, reviews.path);
  const afterNextCall = async (milliseconds: number) => {
    await new Promise<void>((tell) => called.push(tell));
    await new Promise((wait) => setTimeout(wait, milliseconds));
  };
  let runs = 1;
  for (; ; runs += 1) {
    // Ever later, so that it comes to an end on a busy machine too.
    const killWhen = afterNextCall(((runs * 137) % 200) + 100 * 1.25 ** runs);
    const done = await rate(["create-dataset", "--config", "config.yaml"], { cwd, killWhen });
    if (done.code === 0) break;
    assert.equal(done.code, null, done.stderr);
  }
  t.diagnostic(`${runs} runs, ${calls} calls, ${server.answered.length} answers`);
  assert.ok(runs > 3, `${runs} runs`);
  const folder = join(cwd, "data/rewrites");
  const [name] = readdirSync(folder).filter((found) => found.endsWith(".json"));
  checkTexts(JSON.parse(readFileSync(join(folder, name!), "utf8")), 1000);
  assert.equal(new Set(server.answered).size, 2000);
  // What was under way when the process was killed had not been received: at most one a connection and kill.
  assert.ok(server.answered.length <= 2000 + 8 * (runs - 1), String(server.answered.length));
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

test("what a server rejects is said, with its reason, and asked again by another run", async (t) => {
  const cwd = emptyFolder(t);
  let strict = true;
  const server = await chatServer(t, (prompt) => (strict ? { status: 400 } : { text: rewritten(prompt) }));
  study(cwd, server.url, 6);
  const rejected = await rate(["create-dataset", "--config", "config.yaml"], { cwd });
  assert.equal(rejected.code, 1, rejected.stderr);
  assert.match(
    rejected.stderr,
    /nothing was rewritten: 6 of 6 examples could not be rewritten \(with w = 1 and w = 0; rejected: 3 and 3\), for example: 400 status 400/,
  );
  strict = false;
  const again = await rate(["create-dataset", "--config", "config.yaml", "--json"], { cwd });
  assert.equal(again.code, 0, again.stderr);
  checkTexts(JSON.parse(readFileSync(JSON.parse(again.stdout).rewrites[0], "utf8")), 6);
  assert.doesNotMatch(again.stderr, /could not be rewritten/);
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
