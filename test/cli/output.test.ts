import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";
import { scoredLine } from "../support/scored-file.js";

/** A title, a clipboard, a link, a colour, an eight-bit sequence and turned writing. */
const KEY =
  "=key\u001b]0;title\u0007\u001b]52;c;aGk=\u0007\u001b]8;;http://x\u001b\\\u001b[31m\u009b31m\u202eyek";
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

test("keys and texts steer no terminal, whatever prints them, and are no formulas", async (t) => {
  const cwd = emptyFolder(t);
  const rows = Array.from({ length: 40 }, (_, i) => {
    const { "org/model": rewards, ...rest } = JSON.parse(scoredLine(i));
    return JSON.stringify({ ...rest, [KEY]: rewards });
  });
  writeFileSync(join(cwd, "scored.jsonl"), rows.join("\n"));
  for (const call of [
    ["table", "estimates", "scored.jsonl", "--reward-key", KEY, "--format", "csv"],
    ["table", "estimates", "scored.jsonl", "--reward-key", KEY],
    ["effects", "--dataset", "scored.jsonl", "--reward-key", KEY],
    ["effects", "--dataset", "scored.jsonl", "--reward-key", KEY, "--json"],
    ["power", "scored.jsonl", "--reward-key", KEY],
    ["effects", "--dataset", "scored.jsonl", "--reward-key", `${KEY} that is not there`],
  ]) {
    const done = await rate(call, { cwd });
    assert.doesNotMatch(done.stdout, STEERING, call.join(" "));
    assert.doesNotMatch(done.stderr, STEERING, call.join(" "));
    if (call.includes("csv")) assert.match(done.stdout, /,'=key/, done.stderr);
    if (call.includes("--json"))
      assert.equal(JSON.parse(done.stdout).reward_key, KEY, "the value is the same");
  }
});

test("a full disk behind stdout is said, and the exit code tells", (t) => {
  const cwd = emptyFolder(t);
  writeFileSync(join(cwd, "scored.jsonl"), Array.from({ length: 30 }, (_, i) => scoredLine(i)).join(""));
  const call = `'${process.execPath}' '${join(REPOSITORY, "bin", "rate")}' effects --dataset scored.jsonl > /dev/full`;
  const { status, stderr } = spawnSync("sh", ["-c", call], { cwd, encoding: "utf8" });
  assert.equal(status, 1, stderr);
  assert.match(stderr, /what is printed cannot be written \(ENOSPC\): is the disk full\?/);
});

test("an error that quotes its input does not grow with it", async (t) => {
  const cwd = emptyFolder(t);
  writeFileSync(
    join(cwd, "scored.jsonl"),
    `${JSON.stringify({ w_original: true, ["x".repeat(3_000_000)]: 1 })}\n`,
  );
  const done = await rate(["effects", "--dataset", "scored.jsonl", "--reward-key", "y".repeat(100_000)], {
    cwd,
  });
  assert.notEqual(done.code, 0);
  assert.ok(done.stderr.length < 100_000, `${done.stderr.length} characters`);
});
