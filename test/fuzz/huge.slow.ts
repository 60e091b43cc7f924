import assert from "node:assert/strict";
import { closeSync, createReadStream, createWriteStream, openSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { createGzip } from "node:zlib";
import { peakOf } from "../../bench/measure.js";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";

const LINE_BYTES = 1 << 30;
const MOST_MEGABYTES = 600;
const MOST_SECONDS = 60;

/** Writes a line that begins and ends like this, and is all letters in between. */
function writeLine(path: string, begin: string, end: string): void {
  const file = openSync(path, "w");
  const letters = Buffer.alloc(1 << 20, "a");
  writeSync(file, begin);
  for (let size = 0; size < LINE_BYTES; size += letters.length) writeSync(file, letters);
  writeSync(file, end);
  closeSync(file);
}

const EXAMPLE = '{"id":"a","w_original":true,"completions":{"original":"';

const describing = ["--response", "text", "--prompt", "p", "--attribute", "length"];

/** A call on each kind of file, and the place that its error names. */
const CALLS: readonly (readonly [place: RegExp, ...args: string[]])[] = [
  [/^rate: long\.jsonl:1: .* too long/m, "effects", "--dataset", "long.jsonl", "--reward-key", "k"],
  [/^rate: long\.jsonl\.gz:1: .* too long/m, "effects", "--dataset", "long.jsonl.gz", "--reward-key", "k"],
  [/^rate: long\.json:.* too long/m, "effects", "--dataset", "long.json", "--reward-key", "k"],
  [/^rate: long\.jsonl:1: .* too long/m, "score", "--dataset", "long.jsonl", "--model", "embedded"],
  [/^rate: long\.json:.* too long/m, "score", "--dataset", "long.json", "--model", "embedded"],
  [/^rate: long\.jsonl:1: .* too long/m, "combine", "long.jsonl", "long.jsonl.gz", "--output", "both.jsonl"],
  [/^rate: long\.jsonl:1: .* too long/m, "run", "--data", "long.jsonl", ...describing, "--model", "embedded"],
  [/^rate: long\.csv:2: .* too long/m, "create-dataset", "--data", "long.csv", ...describing],
  [/^rate: long\.jsonl:1: .* too long/m, "create-dataset", "--data", "long.jsonl", ...describing],
  [/^rate: long\.yaml: /m, "create-dataset", "--config", "long.yaml"],
  [/^rate: \.\/long\.yaml: /m, "score", "--dataset", "long.jsonl", "--model", "./long.yaml"],
  [/^rate: long\.json: /m, "table", "estimates", "long.json"],
  [/^rate: long\.json: /m, "diff", "long.json", "long.json"],
];

test("a line of a gigabyte is a clear error in every file, in bounded memory and time", async (t) => {
  const cwd = emptyFolder(t);
  writeLine(join(cwd, "long.jsonl"), EXAMPLE, '"}}\n');
  writeLine(join(cwd, "long.json"), `{"a":${EXAMPLE}`, '"}}}\n');
  writeLine(join(cwd, "long.csv"), 'id,text\n1,"', '"\n');
  writeLine(join(cwd, "long.yaml"), "model: ", "\n");
  await pipeline(
    createReadStream(join(cwd, "long.jsonl")),
    createGzip({ level: 1 }),
    createWriteStream(join(cwd, "long.jsonl.gz")),
  );
  const files = readdirSync(cwd);

  for (const [place, ...args] of CALLS) {
    await t.test(`rate ${args.join(" ")}`, async () => {
      const began = performance.now();
      let megabytes = 0;
      let watch: NodeJS.Timeout | undefined;
      const done = await rate(args, {
        cwd,
        started: (pid) => {
          watch = setInterval(() => {
            megabytes = Math.max(megabytes, (peakOf(pid) ?? 0) / 1000);
          }, 20);
        },
      }).finally(() => clearInterval(watch));
      const seconds = (performance.now() - began) / 1000;
      t.diagnostic(
        `${args.join(" ")}: ${done.code}, ${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB: ${done.stderr.slice(0, 300)}`,
      );
      assert.equal(done.code, 2, done.stderr);
      assert.match(done.stderr, place);
      assert.ok(done.stderr.length < 2000, `${done.stderr.length} characters of error`);
      assert.ok(megabytes > 0 && megabytes < MOST_MEGABYTES, `${megabytes} MB`);
      assert.ok(seconds < MOST_SECONDS, `${seconds} s`);
    });
  }
  assert.deepEqual(
    readdirSync(cwd).filter((name) => /jsonl$/.test(name)),
    files.filter((name) => /jsonl$/.test(name)),
  );
});
