import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { emptyFolder } from "../support/folders.js";
import { modelFolder } from "../support/model-folder.js";
import { rate } from "../support/program.js";

test("rate models lists, searches and shows recipes, and says what nobody has run", async () => {
  const all = await rate(["models"]);
  assert.equal(all.code, 0, all.stderr);
  for (const name of [
    "armorm",
    "inf_orm_llama31_70b",
    "skywork_gemma_27b",
    "qwen25_math_prm_7b",
    "nemotron_70b",
  ])
    assert.match(all.stdout, new RegExp(`^  ${name} `, "m"));
  assert.match(all.stdout, /Real weights, and any GPU: no recipe has been run/);
  const some = JSON.parse((await rate(["models", "--search", "Skywork qwen3-", "--json"])).stdout);
  assert.equal(some.models.length, 4);
  const none = await rate(["models", "--search", "nothing of the kind"]);
  assert.equal(none.code, 2);
  const shown = await rate(["models", "show", "skywork_gemma_27b"]);
  assert.match(shown.stdout, /attention eager[\s\S]*transformers +Llama, Qwen 3, Gemma 2: at most/);
  const unknown = await rate(["models", "show", "armrm"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /did you mean armorm\?/);
  assert.equal((await rate(["models", "list"])).code, 2);
});

test("rate models try writes a recipe that can be used, and shows files' words as data", async (t) => {
  const folder = emptyFolder(t);
  const model = modelFolder(join(folder, "rm"), {
    weights: ["model.norm.weight", "score.weight", "\u001b[31mred"],
  });
  const tried = await rate(["models", "try", model]);
  assert.equal(tried.code, 0, tried.stderr);
  assert.match(tried.stdout, /^model: .*rm\ninput: chat\n/);
  assert.ok(!tried.stdout.includes("\u001b"));
  writeFileSync(join(folder, "mine.yaml"), tried.stdout);
  const shown = await rate(["models", "show", join(folder, "mine.yaml")]);
  assert.equal(shown.code, 0, shown.stderr);
  const nowhere = await rate(["models", "try", join(folder, "nowhere")]);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, /there is no such folder/);
});
