import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";
import { sharedData } from "../support/shared.js";

function scoredFile(path: string, key: string): void {
  const lines = Array.from({ length: 60 }, (_, i) => {
    const treated = i % 2 === 0;
    const step = treated ? 0.5 : -0.5;
    return JSON.stringify({
      id: `e${i}`,
      w_original: treated,
      reward_question: "q",
      completions: { original: "a", rewrite: "b", "rewritten rewrite": "c" },
      [key]: {
        original: Math.sin(i) + step,
        rewrite: Math.sin(i),
        "rewritten rewrite": Math.sin(i) + step + Math.cos(i) / 9,
      },
    });
  });
  writeFileSync(path, `${lines.join("\n")}\n`);
}

test("every figure of results, from effects files, scored files and the published plotting configuration", async (t) => {
  const folder = emptyFolder(t);
  const scored = join(folder, "data", "scored", "imdb_scored.jsonl");
  mkdirSync(join(folder, "data", "scored"), { recursive: true });
  scoredFile(scored, "org/m");
  const config = join(folder, "plots.jsonl");
  const line = { dataset_name: "imdb", concept: "length", score: "m", reward_key: "org/m" };
  writeFileSync(config, `${JSON.stringify({ ...line, dataset_filename: "imdb_scored.jsonl" })}\n`);
  const effects = join(folder, "effects.json");
  await rate(["effects", "--dataset", scored, "--concept", "length", "--output", effects]);
  for (const kind of ["forest", "naive-vs-rate", "rewrite-bias", "heatmap", "densities"]) {
    const specs = [];
    for (const [index, input] of [effects, scored, config].entries()) {
      const output = join(folder, `${kind}-${index}.json`);
      const done = await rate(["plot", kind, input, "--output", output, "--project-dir", folder]);
      assert.equal(done.code, 0, done.stderr);
      assert.equal(done.stdout.trim(), output);
      specs.push(readFileSync(output, "utf8"));
    }
    assert.equal(
      specs[0]!.replaceAll("imdb_scored", "imdb"),
      specs[2],
      `${kind}: the same numbers from all inputs`,
    );
  }
  const both = await rate([
    "plot",
    "forest",
    effects,
    "--output",
    join(folder, "a.svg"),
    join(folder, "a.pdf"),
  ]);
  assert.equal(both.code, 0, both.stderr);
  assert.equal(readFileSync(join(folder, "a.pdf")).subarray(0, 5).toString(), "%PDF-");
  assert.ok(existsSync(join(folder, "a.svg")));
});

test("a PDF names the characters that its font lacks", async (t) => {
  const folder = emptyFolder(t);
  const scored = join(folder, "scored.jsonl");
  scoredFile(scored, "机构/模型");
  const draw = (name: string) =>
    rate(["plot", "forest", scored, "--output", join(folder, name), "--project-dir", folder]);
  const pdf = await draw("figure.pdf");
  assert.equal(pdf.code, 0, pdf.stderr);
  assert.match(pdf.stderr, /figure\.pdf: the embedded font lacks 型 机 构 模; boxes stand in their places/);
  assert.doesNotMatch((await draw("figure.svg")).stderr, /lacks/);
});

test("an effects file of the published Python code is read as it is", async (t) => {
  const folder = emptyFolder(t);
  const path = join(folder, "published.json");
  const numbers = { ATE_rewritten_rewrite: 0.5, ATE_rewritten_rewrite_stderr: 0.1, reward_std: 2 };
  const labels = { dataset_name: "imdb", concept: "length", score: "m", reward_key: "org/m" };
  writeFileSync(path, JSON.stringify({ ...numbers, ...labels, dataset_filename: "x.jsonl" }));
  const output = join(folder, "forest.json");
  const done = await rate(["plot", "forest", path, "--output", output]);
  assert.equal(done.code, 0, done.stderr);
  const [row] = JSON.parse(readFileSync(output, "utf8")).concat[0].data.values;
  // 0.5/2 and 0.05 · 1.959964 on either side.
  assert.deepEqual([row.value, row.low.toFixed(6), row.high.toFixed(6)], [0.25, "0.152002", "0.347998"]);
});

test("what cannot be drawn is said, with the next step, and nothing is left behind", async (t) => {
  const folder = emptyFolder(t);
  const scored = join(folder, "scored.jsonl");
  scoredFile(scored, "org/m");
  const output = join(folder, "figure.svg");
  for (const [call, message] of [
    [["forrest", scored], /no figure "forrest"; did you mean forest\?/],
    [["forest", join(folder, "none.json")], /none\.json: cannot be read/],
    [["forest", scored, "--reward-key", "other"], /other/],
    [["synthetic", scored], /:2: is not a file of rate synthetic \(.*JSON/],
  ] as const) {
    const done = await rate(["plot", ...call, "--output", output]);
    assert.equal(done.code, 2, done.stderr);
    assert.match(done.stderr, message);
    assert.ok(!existsSync(output));
  }
  const format = await rate(["plot", "forest", scored, "--output", join(folder, "figure.jpg")]);
  assert.match(format.stderr, /end the file's name with one of these/);
});

for (const attribute of ["length", "structure", "sycophancy"]) {
  const data = sharedData(`bias_${attribute}_scored.jsonl`);
  test(`figures of real rewards: ${attribute}`, { skip: data.skip }, async (t) => {
    const folder = emptyFolder(t);
    for (const kind of ["forest", "heatmap", "densities"]) {
      const done = await rate(["plot", kind, data.path, "--output", join(folder, `${kind}.pdf`)]);
      assert.equal(done.code, 0, done.stderr);
    }
  });
}
