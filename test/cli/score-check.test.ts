import assert from "node:assert/strict";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";

test("rate score --check shows what the model reads, and the score", async (t) => {
  const { code, stdout } = await rate(["score", "--check", "--model", "embedded"], { cwd: emptyFolder(t) });
  assert.equal(code, 0);
  assert.match(stdout, /reads +⟨\[CLS\]⟩the.*⟨\[SEP\]⟩\n/);
  assert.match(stdout, /tokens +\d+ of at most 512; 1 BOS or CLS at the beginning\n/);
  assert.match(stdout, /cut off +nothing\n/);
  assert.match(stdout, /score +-?\d+\.\d+\n/);
});

test("without weights it shows the input all the same, and says why there is no score", async (t) => {
  const folder = emptyFolder(t);
  cpSync(join(REPOSITORY, "assets/models/review-sentiment"), join(folder, "model"), { recursive: true });
  rmSync(join(folder, "model", "model.onnx"));
  writeFileSync(join(folder, "mine.yaml"), "model: ./model\ninput: pair\nmax_tokens: 12\ntruncation: left\n");
  const scored = {
    w_original: true,
    reward_question: "Good?",
    completions: { original: `${"bad ".repeat(20)}[SEP] good`, rewrite: "a", "rewritten rewrite": "b" },
  };
  writeFileSync(join(folder, "data.jsonl"), `${JSON.stringify(scored)}\n`);
  const call = ["score", "--check", "--model", "mine.yaml", "--dataset", "data.jsonl", "--json"];
  const { code, stdout } = await rate(call, { cwd: folder });
  assert.equal(code, 0);
  const [check] = JSON.parse(stdout);
  assert.equal(check.reward, null);
  assert.match(check.reason, /has no ONNX weights \(looked for onnx\/model\.onnx, model\.onnx\)/);
  assert.equal(check.encoded.tokens, 12);
  assert.deepEqual(check.encoded.cut, { prompt: 0, response: 15 });
  const read = check.pieces.map(({ text, special }: { text: string; special: boolean }) => [text, special]);
  assert.deepEqual(read.slice(0, 4), [
    ["[CLS]", true],
    ["good ?", false],
    ["[SEP]", true],
    ["bad bad bad bad bad", false],
  ]);
  assert.deepEqual(read.slice(-3), [
    ["[SEP]", true],
    ["good", false],
    ["[SEP]", true],
  ]);
});

test("a call that names no model says so", async (t) => {
  const { code, stderr } = await rate(["score", "--check"], { cwd: emptyFolder(t) });
  assert.equal(code, 2);
  assert.match(stderr, /nothing to check: give --model NAME, or --config FILE/);
});
