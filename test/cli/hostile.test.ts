import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";

const EVIL = "\u001b[31m\u202e<script>alert(1)</script>\u0007\r../../x";

/** What a terminal would obey instead of showing; line feeds are the program's own. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

function scored(rewardKeys: readonly string[]): string {
  return Array.from({ length: 12 }, (_, row) => {
    const rewards = { original: row % 5, rewrite: (row * 7) % 4, "rewritten rewrite": (row * 3) % 5 };
    return JSON.stringify({
      id: `${EVIL}${row}`,
      w_original: row % 2 === 0,
      reward_question: EVIL,
      completions: { original: EVIL, rewrite: `${EVIL} a`, "rewritten rewrite": `${EVIL} b` },
      site: `${EVIL}${row % 2}`,
      ...Object.fromEntries(rewardKeys.map((key) => [key, rewards])),
    });
  }).join("\n");
}

test("names and texts that would steer a terminal are shown as text, in results and in errors", async (t) => {
  const cwd = emptyFolder(t);
  writeFileSync(join(cwd, "one.jsonl"), scored([EVIL]));
  writeFileSync(join(cwd, "two.jsonl"), scored([EVIL, `${EVIL}2`]));
  writeFileSync(join(cwd, "twice.jsonl"), `${scored([EVIL])}\n${scored([EVIL])}`);
  writeFileSync(join(cwd, "broken.jsonl"), `${scored([EVIL])}\n{"${EVIL}`);
  const calls: [args: string[], code: number][] = [
    [["effects", "--dataset", "one.jsonl", "--concept", EVIL, "--by", "site"], 0],
    [["effects", "--dataset", "one.jsonl", "two.jsonl", "--reward-key", "all", "--concept", EVIL], 0],
    [["effects", "--dataset", "two.jsonl"], 2],
    [["effects", "--dataset", "one.jsonl", "--reward-key", `${EVIL}3`], 2],
    [["effects", "--dataset", "twice.jsonl"], 2],
    [["effects", "--dataset", "broken.jsonl"], 2],
    [["effects", "--dataset", `${EVIL}.jsonl`], 2],
    [["combine", "one.jsonl", "twice.jsonl", "--output", "all.jsonl"], 2],
    [["score", "--dataset", "one.jsonl", "--model", EVIL], 2],
  ];
  for (const [args, code] of calls) {
    const done = await rate(args, { cwd });
    assert.equal(done.code, code, `${args.join(" ")}: ${done.stderr}`);
    for (const said of [done.stdout, done.stderr])
      assert.doesNotMatch(said, OBEYED, `${JSON.stringify(args)} says ${JSON.stringify(said)}`);
  }
});

test("names of data sets make file names that stay in their folder", async (t) => {
  const cwd = emptyFolder(t);
  writeFileSync(
    join(cwd, "data.csv"),
    "text\nA good film indeed.\nBad.\nIt was a long and winding story of love.\nNo.\n",
  );
  const args = [
    "create-dataset",
    "--data",
    "data.csv",
    "--response",
    "text",
    "--prompt",
    EVIL,
    "--attribute",
    "length",
  ];
  const done = await rate([...args, "--name", EVIL, "--project-dir", "project"], { cwd });
  assert.equal(done.code, 0, done.stderr);
  assert.doesNotMatch(done.stdout + done.stderr, OBEYED);
  assert.deepEqual(readdirSync(cwd).sort(), ["data.csv", "project"]);
  const made = readdirSync(join(cwd, "project"), { recursive: true, encoding: "utf8" });
  assert.ok(
    made.some((name) => /rewrites\/.*_dataset_\d{8}_\d{6}\.json$/.test(name)),
    made.join(", "),
  );
  for (const name of made) assert.doesNotMatch(name, OBEYED);
});
