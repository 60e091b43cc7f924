import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";

const CALL = [
  "run",
  "--data",
  "d.csv",
  "--response",
  "text",
  "--prompt",
  "q",
  "--attribute",
  "length",
  "--model",
  "embedded",
];

/** A project with one finished run. */
async function project(t: Parameters<typeof emptyFolder>[0]): Promise<{ cwd: string; manifest: string }> {
  const cwd = emptyFolder(t);
  const texts = Array.from(
    { length: 12 },
    (_, i) => `"It was ${"very ".repeat(i)}good, really. I saw it ${i} times."`,
  );
  writeFileSync(join(cwd, "d.csv"), `text\n${texts.join("\n")}\n`);
  const done = await rate(CALL, { cwd, env: { OPENAI_API_KEY: "sk-secret" } });
  assert.equal(done.code, 0, done.stderr);
  return { cwd, manifest: join(cwd, "runs", readdirSync(join(cwd, "runs"))[0]!) };
}

test("the manifest says what it takes to repeat a run, and no key", async (t) => {
  const { manifest } = await project(t);
  const text = readFileSync(manifest, "utf8");
  const record = JSON.parse(text);
  const { config, datasets, scores, estimates, environment, seeds } = record.manifest;
  assert.equal(record.manifest.manifest, 1);
  assert.equal(config.rewrites.data.file, "d.csv");
  assert.match(datasets.d_length.source.sha256, /^[0-9a-f]{64}$/);
  assert.deepEqual([datasets.d_length.examples, datasets.d_length.w_1, datasets.d_length.w_0], [12, 6, 6]);
  assert.equal(scores["d_length embedded"].reward_key, "rate/review-sentiment");
  assert.equal(estimates.length, 7);
  assert.equal(environment.node, process.version);
  assert.deepEqual(seeds, { inference: 0 });
  assert.doesNotMatch(text, /sk-secret/);
});

test("a repeated run has the same estimates, from another folder too; changed data stop it", async (t) => {
  const { cwd, manifest } = await project(t);
  const other = emptyFolder(t);
  const repeated = await rate(["run", "--from", manifest], { cwd: other });
  assert.equal(repeated.code, 0, repeated.stderr);
  assert.match(
    repeated.stderr,
    /prompts, models and seeds are the same\.[\s\S]*All estimates are the same\./,
  );
  const second = join(other, "runs", readdirSync(join(other, "runs"))[0]!);
  const same = JSON.parse((await rate(["diff", manifest, second, "--json"])).stdout);
  assert.deepEqual([same.same_input, same.same_estimates], [true, true]);

  appendFileSync(join(cwd, "d.csv"), '"Another one, and a bad one at that."\n');
  const stopped = await rate(["run", "--from", manifest], { cwd: other });
  assert.equal(stopped.code, 2);
  assert.match(stopped.stderr, /data of d_length: sha256: ".*" → ".*"\n.*--allow-changes/);
  const allowed = await rate(["run", "--from", manifest, "--allow-changes", "--json"], { cwd: other });
  assert.equal(allowed.code, 0, allowed.stderr);
  const third = join(other, "runs", readdirSync(join(other, "runs")).sort().at(-1)!);
  const found = JSON.parse((await rate(["diff", manifest, third, "--json"])).stdout);
  assert.deepEqual([found.same_input, found.same_estimates], [false, false]);
  assert.deepEqual(
    found.data.map(({ place }: { place: string }) => place),
    ["d_length.source.sha256"],
  );
  const row = found.estimates.find(
    ({ estimator, estimand }: Record<string, string>) => estimator === "rate" && estimand === "ate",
  );
  assert.ok(Math.abs(row.difference - (row.b - row.a)) < 1e-12 && Number.isFinite(row.standard_errors));
});

test("what is no manifest, is newer, or is of another command", async (t) => {
  const { cwd, manifest } = await project(t);
  const record = JSON.parse(readFileSync(manifest, "utf8"));
  const changed = (name: string, value: unknown) => {
    writeFileSync(join(cwd, name), typeof value === "string" ? value : JSON.stringify(value));
    return join(cwd, name);
  };
  for (const [path, message] of [
    ["/nonexistent.json", /nonexistent\.json: cannot be read/],
    [changed("a.json", "{"), /a\.json:?\d*: is not a manifest of a run \(.*JSON/],
    [changed("b.json", { status: "finished" }), /b\.json:1: is not a manifest of a run \(timestamp: /],
    [
      changed("c.json", { ...record, manifest: { manifest: 99 } }),
      /written by a newer rate \(manifest version 99/,
    ],
    [changed("d.json", { ...record, command: "score" }), /only those of rate run can be repeated/],
  ] as const) {
    const done = await rate(["run", "--from", path], { cwd });
    assert.equal(done.code, 2, done.stderr);
    assert.match(done.stderr, message);
  }
});
