import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gaussian, randomStream } from "../../src/estimation/numeric/random.js";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";

/** Scores of models that pay `effects[key]` for w = 1, on the same texts, with much noise that they share and a little of their own. */
function scoredFile(path: string, effects: Record<string, number>, n = 200): void {
  const random = randomStream(3, 0);
  const own = Object.fromEntries(
    Object.entries(effects).map(([key, effect]) => [key, randomStream(4, Math.round(1000 * effect))]),
  );
  const lines = Array.from({ length: n }, (_, index) => {
    const w = index % 2 === 0;
    const [base, noise] = [gaussian(random), 0.3 * gaussian(random)];
    const rewards = Object.entries(effects).map(([key, effect]) => {
      const change = (w ? 1 : -1) * (effect + noise + 0.01 * gaussian(own[key]!));
      return [key, { original: base, rewrite: base - change, "rewritten rewrite": base }];
    });
    return JSON.stringify({
      id: `r${index}`,
      w_original: w,
      reward_question: "q",
      completions: { original: `o${index}`, rewrite: `r${index}`, "rewritten rewrite": `rr${index}` },
      ...Object.fromEntries(rewards),
    });
  });
  writeFileSync(path, `${lines.join("\n")}\n`);
}

async function check(cwd: string, ...args: string[]) {
  const done = await rate(["check", ...args, "--json"], { cwd });
  return { ...done, result: done.stdout ? JSON.parse(done.stdout) : null };
}

test("the three verdicts have exit codes of their own, and files for CI", async (t) => {
  const cwd = emptyFolder(t);
  scoredFile(join(cwd, "s.jsonl"), { good: 0.01, bad: 0.6, near: 0.1 });
  const passed = await check(cwd, "--dataset", "s.jsonl", "--reward-key", "good", "--within", "0.1");
  assert.deepEqual([passed.code, passed.result.verdict], [0, "pass"], passed.stderr);
  const failed = await check(
    cwd,
    "--dataset",
    "s.jsonl",
    "--within",
    "0.1",
    "--junit",
    "j.xml",
    "--markdown",
    "m.md",
  );
  assert.equal(failed.code, 3);
  assert.deepEqual(
    failed.result.checks.map((row: { reward_key: string; verdict: string }) => [row.reward_key, row.verdict]),
    [
      ["good", "pass"],
      ["bad", "fail"],
      ["near", "undecided"],
    ],
  );
  assert.match(readFileSync(join(cwd, "j.xml"), "utf8"), /tests="3" failures="1" errors="1"/);
  assert.match(readFileSync(join(cwd, "m.md"), "utf8"), /✗ fail \| .* \| bad \| within ±0\.1 sd/);
  const open = await check(cwd, "--dataset", "s.jsonl", "--reward-key", "near", "--within", "0.1");
  assert.equal(open.code, 4);
  assert.ok(open.result.checks[0].examples_to_decide > 200);
});

test("limits of a configuration; its newest files; effects files; the words on the terminal", async (t) => {
  const cwd = emptyFolder(t);
  writeFileSync(
    join(cwd, "config.yaml"),
    `rewrites: { dataset_name: reviews_length, n_examples: 40 }
scoring: { model: embedded }
check:
  limits:
    - { concept: length, within: 50 }
    - { concept: length, estimand: att, low: 40, unit: reward }
`,
  );
  const nothing = await check(cwd, "--config", "config.yaml");
  assert.equal(nothing.code, 2);
  assert.match(nothing.stderr, /holds no scored file of reviews_length; make it first/);
  assert.equal((await rate(["run", "--config", "config.yaml"], { cwd })).code, 0);
  const done = await rate(["check", "--config", "config.yaml"], { cwd });
  assert.equal(done.code, 3, done.stderr);
  assert.match(done.stdout, /pass .* length .* rate\/review-sentiment .* within ±50 sd/);
  assert.match(done.stdout, /ATT above 40 reward units: the estimate is .* outside the limits/);

  const effects = await check(cwd, "--effects", ...effectsFiles(cwd), "--within", "50");
  const scored = await check(cwd, "--config", "config.yaml", "--within", "50");
  assert.deepEqual([effects.code, scored.code], [0, 0], effects.stderr + scored.stderr);
  for (const name of ["value", "stderr", "ci_low", "ci_high", "n", "dataset", "concept"])
    assert.equal(effects.result.checks[0][name], scored.result.checks[0][name], name);
  const text = readFileSync(join(cwd, "config.yaml"), "utf8");
  writeFileSync(join(cwd, "config.yaml"), `${text}    - { concept: length, within: 1, low: 0 }\n`);
  const wrong = await check(cwd, "--config", "config.yaml");
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /config\.yaml:7: check\.limits\.2: needs within, or low and high/);
});

/** The effects files of the only run. */
function effectsFiles(cwd: string): string[] {
  const [record] = readdirSync(join(cwd, "runs"));
  const { outputs } = JSON.parse(readFileSync(join(cwd, "runs", record!), "utf8"));
  return outputs.filter((name: string) => name.startsWith("effects/"));
}

test("two checkpoints are compared pair by pair, on the same texts alone", async (t) => {
  const cwd = emptyFolder(t);
  scoredFile(join(cwd, "both.jsonl"), { old: 0.5, new: 0.52 });
  scoredFile(join(cwd, "old.jsonl"), { model: 0.5 }, 150);
  scoredFile(join(cwd, "new.jsonl"), { model: 0.52 });
  const within = ["--within", "0.05", "--unit", "reward"];
  const alone = await check(
    cwd,
    "--dataset",
    "both.jsonl",
    "--reward-key",
    "new",
    "--against",
    "old",
    ...within,
  );
  const [row] = alone.result.checks;
  assert.equal(alone.code, 0, alone.stderr);
  assert.ok(
    Math.abs(row.value - 0.02) < 0.005 && row.stderr < 0.002,
    `what the models share cancels: ${row.value} (${row.stderr})`,
  );
  const files = await check(cwd, "--dataset", "new.jsonl", "--baseline", "old.jsonl", ...within);
  assert.equal(files.code, 0, files.stderr);
  assert.deepEqual(
    { ...files.result.checks[0].against, file: "" },
    { reward_key: "model", file: "", only_here: 50, only_there: 0 },
  );
  const text = readFileSync(join(cwd, "old.jsonl"), "utf8");
  writeFileSync(join(cwd, "old.jsonl"), text.replace('"rr7"', '"another text"'));
  const other = await check(cwd, "--dataset", "new.jsonl", "--baseline", "old.jsonl", ...within);
  assert.equal(other.code, 2);
  assert.match(other.stderr, /old\.jsonl:8: example "r7" has other texts/);
});

test("calls that make no sense say what to do", async (t) => {
  const cwd = emptyFolder(t);
  scoredFile(join(cwd, "s.jsonl"), { a: 0.1 }, 10);
  for (const [args, message] of [
    [["--dataset", "s.jsonl"], /no limits: give --config FILE with a check block, or --within/],
    [["--within", "0.1"], /name the data set \(dataset_name\) or the file/],
    [["--dataset", "s.jsonl", "--low", "1", "--high", "0"], /low must be below high/],
    [
      ["--effects", "s.jsonl", "--within", "1"],
      /s\.jsonl:2: is not an effects file \(.*JSON.*rate effects writes them/,
    ],
    [["--dataset", "s.jsonl", "--estimand", "att", "--reward-key", "b", "--within", "1"], /did you mean a\?/],
    [["--dataset", "s.jsonl", "--against", "x", "--within", "1"], /has no scores under "x"/],
  ] as const) {
    const done = await check(cwd, ...args);
    assert.equal(done.code, 2, done.stderr);
    assert.match(done.stderr, message);
  }
});

test("effects files of the published code are read by their keys", async (t) => {
  const cwd = emptyFolder(t);
  const file = {
    reward_key: "m",
    concept: "length",
    reward_std: 2,
    Y1_count: 60,
    Y0_count: 40,
    ATE_rewritten_rewrite: 0.1,
    ATE_rewritten_rewrite_stderr: 0.02,
  };
  writeFileSync(join(cwd, "e.json"), JSON.stringify(file));
  const done = await check(cwd, "--effects", "e.json", "--within", "0.1");
  const [row] = done.result.checks;
  assert.deepEqual([done.code, row.value, row.stderr, row.n], [0, 0.05, 0.01, 100]);
  writeFileSync(join(cwd, "e.json"), JSON.stringify({ ...file, Y1_count: "many" }));
  const wrong = await check(cwd, "--effects", "e.json", "--within", "0.1");
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /e\.json:\d+: is not an effects file \(Y1_count: /);
});
