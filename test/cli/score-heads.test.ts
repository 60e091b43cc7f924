import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";
import { rewardOf, rewardServer, type Speaks } from "../support/reward-servers.js";

const EXAMPLES = 20;
const KEYS = ["original", "rewrite", "rewritten rewrite"];
const MODEL = join(REPOSITORY, "assets", "models", "review-sentiment");

function projectOf(t: TestContext) {
  const folder = emptyFolder(t);
  const rows = Array.from({ length: EXAMPLES }, (_, index) => ({
    id: `e${index}`,
    w_original: index % 2 === 0,
    reward_question: "Write a review.",
    completions: Object.fromEntries(KEYS.map((key) => [key, `The ${key} number ${index} is good.`])),
  }));
  const data = join(folder, "reviews.jsonl");
  writeFileSync(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const recipe = (name: string, more: string) => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(
      file,
      `model: ${MODEL}\ninput: response\nruntimes: [vllm, sglang, tei, transformers, onnx]\n${more}`,
    );
    return file;
  };
  const score = (...args: string[]) =>
    rate(["score", "--project-dir", folder, "--dataset", data, "--name", "reviews", ...args]);
  const rowsOf = (file: string) =>
    readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  return { folder, recipe, score, rowsOf };
}

for (const speaks of ["vllm", "vllm-pooling", "sglang", "tei", "reward-server"] satisfies Speaks[]) {
  test(`recipes that differ in their output share a ${speaks} server and its passes`, async (t) => {
    const { folder, recipe, score, rowsOf } = projectOf(t);
    const heads = [0, 1].map((value) =>
      recipe(`head${value}`, `reward_key: my/head${value}\noutput: { value: ${value} }\n`),
    );
    const server = await rewardServer(t, speaks, { outputs: 3 });
    const allow = speaks === "tei" ? ["--allow-probe", "labels"] : [];
    const done = await score("--model", ...heads, "--runtime", speaks, "--endpoint", server.url, ...allow);
    assert.equal(done.code, 0, done.stderr);
    const names = readdirSync(join(folder, "data", "scored"));
    const last = names.find((name) => /_head1_scored_.*jsonl$/.test(name))!;
    for (const row of rowsOf(join(folder, "data", "scored", last)))
      for (const key of KEYS) {
        // The toy's outputs: −r, r, r / 2.
        assert.equal(row["my/head0"][key], -row["my/head1"][key]);
      }
    // The probe sends its texts several times over; the data's go once for both, equal ones together.
    const times = new Map<string, number>();
    for (const text of server.scored.map((one) => JSON.stringify(one)))
      times.set(text, (times.get(text) ?? 0) + 1);
    const once = [...times.values()].filter((count) => count === 1).length;
    assert.ok(once > 2 * EXAMPLES, `${once} texts were sent once`);
    assert.ok(server.scored.length < 80 + 3 * EXAMPLES, `${server.scored.length} texts were sent`);
  });
}

test("named heads become reward keys of one pass, and each gets its estimates", async (t) => {
  const { folder, recipe, score, rowsOf } = projectOf(t);
  const many = recipe(
    "many",
    "reward_key: my/rm\noutput:\n  heads: { bad: 0, good: 1, margin: { value: 1, minus: 2 } }\n",
  );
  const server = await rewardServer(t, "vllm", { outputs: 3 });
  const done = await score("--model", many, "--runtime", "vllm", "--endpoint", server.url);
  assert.equal(done.code, 0, done.stderr);
  const file = done.stdout.trim();
  const rewards = new Set(server.scored.map((ids) => rewardOf(ids as number[])));
  for (const row of rowsOf(file)) {
    for (const key of KEYS) {
      const good = row["my/rm:good"][key];
      assert.ok(rewards.has(good));
      assert.equal(row["my/rm:bad"][key], -good);
      assert.equal(row["my/rm:margin"][key], good - good / 2);
    }
    assert.deepEqual(Object.keys(row.scored_inputs), ["my/rm:bad", "my/rm:good", "my/rm:margin"]);
  }
  const template = readdirSync(join(folder, "data", "scored")).find((name) => name.includes("_template_"))!;
  const facts = JSON.parse(readFileSync(join(folder, "data", "scored", template), "utf8"));
  assert.deepEqual(facts.reward_keys, ["my/rm:bad", "my/rm:good", "my/rm:margin"]);
  const effects = await rate([
    "effects",
    "--project-dir",
    folder,
    "--dataset",
    file,
    "--reward-key",
    "all",
    "--json",
  ]);
  assert.equal(effects.code, 0, effects.stderr);
  for (const head of ["bad", "good", "margin"]) assert.ok(effects.stdout.includes(`my/rm:${head}`), head);
});

test("models that differ in more than their output do not share an endpoint, nor a reward key", async (t) => {
  const { recipe, score } = projectOf(t);
  const server = await rewardServer(t, "vllm", { outputs: 2 });
  const one = recipe("one", "reward_key: a\n");
  const shorter = recipe("shorter", "reward_key: b\nmax_tokens: 64\n");
  const same = recipe("same", "reward_key: a\noutput: { value: 1 }\n");
  const served = ["--runtime", "vllm", "--endpoint", server.url];
  const refused = await score("--model", one, shorter, ...served);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /same endpoint.*differ in more than the output/);
  const twice = await score("--model", one, same, ...served);
  assert.equal(twice.code, 2);
  assert.match(twice.stderr, /same reward key \(a\)/);
});

test("in process, heads of one model share its passes too", async (t) => {
  const { recipe, score, rowsOf } = projectOf(t);
  const twice = recipe(
    "twice",
    "reward_key: my/rm\noutput: { heads: { one: 0, none: { value: 0, minus: 0 } } }\n",
  );
  const done = await score("--model", twice, "--runtime", "onnx");
  assert.equal(done.code, 0, done.stderr);
  const rows = rowsOf(done.stdout.trim());
  for (const row of rows) assert.equal(row["my/rm:none"].original, 0);
  assert.ok(new Set(rows.map((row) => row["my/rm:one"].original)).size > 1);
});

test("a recipe may stand in the configuration", async (t) => {
  const { folder, rowsOf } = projectOf(t);
  writeFileSync(
    join(folder, "config.yaml"),
    `scoring:
  model: mine
  dataset_name: reviews
  recipes:
    mine: { model: ${MODEL}, input: response, runtimes: [onnx], reward_key: inline }
`,
  );
  const call = ["score", "--project-dir", folder, "--config", join(folder, "config.yaml")];
  const done = await rate([...call, "--dataset", join(folder, "reviews.jsonl")]);
  assert.equal(done.code, 0, done.stderr);
  assert.equal(typeof rowsOf(done.stdout.trim())[0].inline.original, "number");
  writeFileSync(
    join(folder, "config.yaml"),
    "scoring:\n  model: mine\n  recipes:\n    mine: { model: a/b, inputs: chat }\n",
  );
  const wrong = await rate(call);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /config.yaml:4: .*inputs: unknown key; did you mean input\?/);
});
