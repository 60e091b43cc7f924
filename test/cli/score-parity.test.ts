import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";
import { rewardServer } from "../support/reward-servers.js";

const MODEL = join(REPOSITORY, "assets", "models", "review-sentiment");

test("rate score --check --against says how far two runtimes agree, and known scores are held to", async (t) => {
  const folder = emptyFolder(t);
  const recipe = join(folder, "mine.yaml");
  const write = (more = "") =>
    writeFileSync(
      recipe,
      `model: ${MODEL}\ninput: response\nreward_key: mine\nruntimes: [onnx, vllm]\n${more}`,
    );
  write();
  const [one, two] = [await rewardServer(t, "vllm"), await rewardServer(t, "vllm")];
  const check = ["score", "--check", "--model", recipe];
  const served = [...check, "--runtime", "vllm", "--endpoint", one.url];
  const same = await rate([...served, "--against", "vllm", "--against-endpoint", two.url]);
  assert.equal(same.code, 0, same.stderr);
  assert.match(
    same.stdout,
    /against +vllm: the same scores; over 12 texts the largest difference is 0\.?0*.*; 0 of 66 pairs/,
  );
  const other = await rate([...served, "--against", "onnx", "--json"]);
  assert.equal(other.code, 1);
  const [{ against }] = JSON.parse(other.stdout);
  assert.equal(against.alike, false);
  assert.ok(against.reordered > 0);
  const shown = JSON.parse((await rate([...check, "--json"])).stdout);
  const known = (reward: number) =>
    `references:\n  - { prompt: "What is the capital of France?", response: "The capital of France is Paris.", reward: ${reward}, tolerance: 0.001 }\n`;
  write(known(shown[0].reward));
  assert.match((await rate(check)).stdout, /known +agrees/);
  write(known(shown[0].reward + 1));
  const wrong = await rate(check);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stdout, /known +DIFFERS/);
  assert.equal((await rate(["score", "--dataset", "x", "--model", recipe, "--against", "onnx"])).code, 2);
});
