import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tableFromIPC } from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";

const KEY = 'org/model "x", y';
const LINES = [
  { id: "a", w_original: true, rewards: [3, 1, 2.5] },
  { id: 'b,"\n<script>', w_original: false, rewards: [null, 1.5, 0.5] },
  { id: "c", w_original: false, rewards: null },
];

function scoredFile(path: string): void {
  const lines = LINES.map(({ id, w_original, rewards }) =>
    JSON.stringify({
      id,
      w_original,
      reward_question: "q",
      completions: { original: "abc", ...(rewards && { rewrite: "abcd", "rewritten rewrite": "ab" }) },
      ...(rewards
        ? { [KEY]: { original: rewards[0], rewrite: rewards[1], "rewritten rewrite": rewards[2] } }
        : { rewrite_failure: { step: "rewrite", reason: "refused", detail: "" } }),
    }),
  );
  writeFileSync(path, lines.join("\n"));
}

test("the same rows in CSV, Parquet and Arrow", async (t) => {
  const folder = emptyFolder(t);
  const scored = join(folder, "scored.jsonl");
  scoredFile(scored);
  for (const ending of ["csv", "parquet", "arrow"]) {
    const done = await rate([
      "export",
      scored,
      "--concept",
      "length",
      "--output",
      join(folder, `d.${ending}`),
    ]);
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /^3 rows/);
  }
  // do(1) − do(0): 2.5 − 1 where w = 1, 1.5 − 0.5 where w = 0; the single rewrite starts from the original.
  const expected = [
    ["a", true, 1.5, 2, null, 4],
    ['b,"\n<script>', false, 1, null, null, 4],
    ["c", false, null, null, "refused", null],
  ];
  const names = [
    "id",
    "w",
    "difference_rate",
    "difference_single_rewrite",
    "failure_reason",
    "length_rewrite",
  ];
  const picked = (rows: readonly Record<string, unknown>[]) =>
    rows.map((row) => names.map((name) => row[name] ?? null));
  const bytes = readFileSync(join(folder, "d.parquet"));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  assert.deepEqual(picked(await parquetReadObjects({ file })), expected);
  const arrow = tableFromIPC(readFileSync(join(folder, "d.arrow")));
  assert.deepEqual(picked(arrow.toArray().map((row) => row.toJSON())), expected);
  const csv = readFileSync(join(folder, "d.csv"), "utf8");
  assert.match(csv, /^dataset,attribute,reward_key,id,w,/);
  assert.ok(csv.includes('scored.jsonl,length,"org/model ""x"", y",a,true,3,1,2.5,1.5,2,'));
  assert.ok(csv.includes('"b,""\n<script>",false,,1.5,0.5,1,,'));
});

test("estimates are exported from effects files, and wrong calls say what to do", async (t) => {
  const folder = emptyFolder(t);
  const [scored, effects, output] = ["scored.jsonl", "effects.json", "e.csv"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  scoredFile(scored);
  await rate(["effects", "--dataset", scored, "--reward-key", KEY, "--output", effects]);
  const done = await rate(["export", effects, "--output", output]);
  assert.equal(done.code, 0, done.stderr);
  assert.match(readFileSync(output, "utf8"), /,rate,ate,1\.25,/);
  for (const [call, message] of [
    [
      [scored, "--output", join(folder, "x.xlsx")],
      /expected a name that ends in \.csv, \.parquet or \.arrow/,
    ],
    [[scored, effects, "--output", join(folder, "x.csv")], /give --estimates/],
    [
      [scored, "--reward-key", "other", "--output", join(folder, "x.csv")],
      /has no rewards under other\n.*org\/model/,
    ],
  ] as const) {
    const wrong = await rate(["export", ...call]);
    assert.equal(wrong.code, 2, wrong.stderr);
    assert.match(wrong.stderr, message);
  }
  assert.ok(!existsSync(join(folder, "x.csv")));
});
