import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { SyntheticFile } from "../../src/reporting/stage/synthetic-file.js";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";

type Found = SyntheticFile & { file: string; figure: string };

const slopeIn = (found: Found, panel: number, name: string) =>
  found.panels[panel]!.slopes.find(({ estimator }) => estimator === name)!;

/** Checks that files are there, that counts are those of the files, and that a second figure is the same. */
async function checkFiles(found: Found, folder: string): Promise<void> {
  for (const { levels } of found.panels) {
    for (const { dataset, effects, n, counts } of levels) {
      const lines = readFileSync(join(folder, "data", "scored", dataset), "utf8")
        .trim()
        .split("\n");
      assert.equal(lines.length, n);
      assert.equal(
        Object.values(counts).reduce((total, count) => total + count, 0),
        n,
      );
      const stored = JSON.parse(readFileSync(join(folder, "effects", effects), "utf8"));
      assert.equal(stored.Y1_count + stored.Y0_count, n);
    }
  }
  const again = join(folder, "again.svg");
  const drawn = await rate(["plot", "synthetic", found.file, "--output", again]);
  assert.equal(drawn.code, 0, drawn.stderr);
  assert.equal(readFileSync(again, "utf8"), readFileSync(found.figure, "utf8"));
}

test("length and sentiment on the embedded data: the naive comparison moves, RATE hardly does", async (t) => {
  const folder = emptyFolder(t);
  const done = await rate(["synthetic", "length-sentiment", "--project-dir", folder, "--json"]);
  assert.equal(done.code, 0, done.stderr);
  const found: Found = JSON.parse(done.stdout);
  for (const [panel, sign] of [1, -1].entries()) {
    const sizes = found.panels[panel]!.levels.map(({ n }) => n);
    assert.deepEqual(sizes, new Array(11).fill(sizes[0]));
    assert.deepEqual(
      found.panels[panel]!.levels.map(({ at, share }) => Math.abs(at - share) < 1e-12),
      new Array(11).fill(true),
    );
    const [naive, rateSlope] = [slopeIn(found, panel, "naive"), slopeIn(found, panel, "rate")];
    assert.ok(sign * naive.value > 10 * naive.standard_error);
    assert.ok(Math.abs(rateSlope.value) < Math.abs(naive.value) / 10);
  }
  await checkFiles(found, folder);
});

test("a scored file of one's own, its confounder a field; long texts are dropped and counted", async (t) => {
  const folder = emptyFolder(t);
  const path = join(folder, "mine.jsonl");
  const lines = Array.from({ length: 400 }, (_, i) => {
    const [treated, rating] = [i % 2 === 0, Math.floor(i / 2) % 5];
    const noise = Math.sin(i * 12.9898) * 0.3;
    const base = noise + 0.5 * rating;
    return JSON.stringify({
      id: `e${i}`,
      w_original: treated,
      reward_question: "q",
      meta: { rating },
      completions: { original: i < 7 ? "word ".repeat(600) : "a", rewrite: "b", "rewritten rewrite": "c" },
      m: {
        original: base + (treated ? 0.2 : 0),
        rewrite: base + (treated ? 0 : 0.2),
        "rewritten rewrite": base + (treated ? 0.2 : 0),
      },
    });
  });
  writeFileSync(path, `${lines.join("\n")}\n`);
  const call = [
    "synthetic",
    "helpfulness-complexity",
    "--dataset",
    path,
    "--confounder",
    "meta.rating",
    "--project-dir",
    folder,
  ];
  const done = await rate([...call, "--json"]);
  assert.equal(done.code, 0, done.stderr);
  const found: Found = JSON.parse(done.stdout);
  assert.deepEqual([found.examples, found.dropped], [393, { "a text is longer than 512 tokens": 7 }]);
  const naive = slopeIn(found, 0, "naive");
  assert.ok(naive.value > 0.5);
  // The effect is the same 0.2 for every example: nothing moves.
  assert.ok(Math.abs(slopeIn(found, 0, "rate").value) < 1e-9);
  await checkFiles(found, folder);

  const text = await rate(call);
  assert.match(text.stdout, /393 examples under m, 7 dropped \(a text is longer than 512 tokens\)/);
  assert.match(text.stdout, /slope over the levels/);
  const wrong = await rate([
    "synthetic",
    "helpfulness-complexity",
    "--dataset",
    path,
    "--project-dir",
    folder,
  ]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /no examples are left \(7 examples: .*393 examples: no value of complexity\)/);
});

test("vowels and typos on the embedded data: the truth is no effect, and RATE says so at every level", async (t) => {
  const folder = emptyFolder(t);
  const done = await rate(["synthetic", "vowels-typos", "--project-dir", folder, "--json"]);
  assert.equal(done.code, 0, done.stderr);
  const found: Found = JSON.parse(done.stdout);
  const [panel] = found.panels;
  assert.deepEqual(
    panel!.levels.map(({ at }) => at),
    [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3],
  );
  for (const { estimates } of panel!.levels)
    assert.ok(Math.abs(estimates.find(({ estimator }) => estimator === "rate")!.value) < 0.02);
  assert.ok(slopeIn(found, 0, "naive").value < -10 * slopeIn(found, 0, "naive").standard_error);
  assert.ok(Math.abs(slopeIn(found, 0, "rate").value) < 0.02);
  await checkFiles(found, folder);
});

test("worlds: bias, RMSE and coverage of every interval", async () => {
  const done = await rate(["synthetic", "worlds", "--replicates", "20", "--json"]);
  assert.equal(done.code, 0, done.stderr);
  const { worlds } = JSON.parse(done.stdout);
  assert.equal(worlds.length, 19);
  const [additive] = worlds;
  const row = additive.estimators.find(({ estimator }: { estimator: string }) => estimator === "rate");
  assert.ok(Math.abs(row.bias) < 0.05 && row.rmse < 0.1);
  assert.deepEqual(Object.keys(row.coverage), ["normal", "t", "percentile", "bca"]);
});

test("typos as a tool: seeded, only swapped neighbours, everything else as it was", async (t) => {
  const folder = emptyFolder(t);
  const [data, output] = [join(folder, "texts.csv"), join(folder, "typos.jsonl")];
  writeFileSync(
    data,
    'id,text\n1,"An interesting film, indeed it was"\n2,"The rest of it is here as well"\n',
  );
  const call = (...more: string[]) =>
    rate([
      "synthetic",
      "typos",
      "--percent",
      "100",
      "--data",
      data,
      "--response",
      "text",
      "--output",
      output,
      ...more,
    ]);
  const done = await call();
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /2 texts, 2 of them with typos/);
  const first = readFileSync(output, "utf8");
  const rows = first
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const words = "An interesting film, indeed it was".split(" ");
  for (const [index, word] of rows[0].text.split(" ").entries()) {
    assert.deepEqual([...word].sort(), [...words[index]!].sort(), "the same letters");
    if (words[index]!.length <= 2) assert.equal(word, words[index]);
  }
  assert.equal(rows[0].id, "1");
  await call();
  assert.equal(readFileSync(output, "utf8"), first);
  await call("--seed", "5");
  assert.notEqual(readFileSync(output, "utf8"), first);
  await call("--vowels-only");
  assert.equal(
    JSON.parse(readFileSync(output, "utf8").trim().split("\n")[1]!).text,
    "The rest of it is here as well",
  );
});

test("errors name the next step and leave nothing", async (t) => {
  const folder = emptyFolder(t);
  for (const [call, message] of [
    [["vowel-typos"], /no experiment "vowel-typos"; did you mean vowels-typos\?/],
    [["typos", "--percent", "30"], /needs --percent NUMBER, --data FILE/],
    [["length-sentiment", "--dataset", join(folder, "none.jsonl")], /none\.jsonl/],
    [["length-sentiment", "--confounder", "x"], /need --dataset FILE/],
  ] as const) {
    const done = await rate(["synthetic", ...call, "--project-dir", folder]);
    assert.equal(done.code, 2, done.stderr);
    assert.match(done.stderr, message);
  }
  assert.ok(!existsSync(join(folder, "effects")));
  assert.deepEqual(
    readdirSync(folder).filter((name) => !["runs", "logs"].includes(name)),
    [],
  );
});
