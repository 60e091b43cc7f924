import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { reviewSentences } from "../../../src/datasets/sources/review-sentences.js";
import { recipeOf } from "../../../src/domain/recipe.js";
import { openOnnxModel } from "../../../src/scoring/in-process/onnx.js";
import { openRewardModel } from "../../../src/scoring/index.js";
import { plantBonus } from "../../../src/scoring/planted.js";
import { emptyFolder, REPOSITORY } from "../../support/folders.js";
import { world } from "../../support/hub.js";

const model = await openRewardModel("embedded", world);
after(() => model.dispose());
const inputs = (texts: readonly string[]) => texts.map((response) => ({ prompt: "p", response }));

test("a reward does not depend on which texts are scored with it", async () => {
  const texts: string[] = [];
  for await (const { row } of reviewSentences()) texts.push(String(row.text));
  const together = await model.score(inputs(texts));
  for (let index = 0; index < texts.length; index += 97) {
    const [alone] = await model.score(inputs([texts[index]!]));
    assert.deepEqual(alone, together[index]);
  }
});

test("the embedded model tells good from bad, by its raw logit", async () => {
  const rewards = (await model.score(inputs(["Great phone, I love it.", "Terrible. A waste of money."]))).map(
    ({ reward }) => reward,
  );
  assert.ok(rewards[0]! > 1.5 && rewards[1]! < -1.5, String(rewards));
});

test("long texts are cut, and say so; empty ones have a reward too", async () => {
  const [long, empty, odd] = await model.score(
    inputs(["bad ".repeat(2000), "", "\u0000 \u{1f600} ünï 日本 <b>"]),
  );
  assert.deepEqual([long!.truncated, long!.tokens], [true, 512]);
  assert.deepEqual([empty!.truncated, empty!.tokens], [false, 2]);
  assert.ok(Number.isFinite(odd!.reward));
});

test("a planted bonus is added where the attribute is, and only there", async () => {
  const planted = plantBonus(model, {
    rewardKey: "planted",
    bonus: 2,
    attribute: "a",
    classify: (text) => text.includes("a"),
  });
  const [plain, bonus] = [
    await model.score(inputs(["cat", "dog"])),
    await planted.score(inputs(["cat", "dog"])),
  ];
  assert.deepEqual(
    bonus.map(({ reward }, index) => reward - plain[index]!.reward),
    [2, 0],
  );
});

test("unknown names and unreadable models are errors that say what to do", async (t) => {
  const open = (model: string, fields = {}) =>
    openOnnxModel(recipeOf({ name: "x", model, input: "response", ...fields }), world);
  const source = join(REPOSITORY, "assets/models/review-sentiment");
  const wide = await open(source, { output: { field: "logits", value: 1 } });
  await assert.rejects(
    wide.score(inputs(["a", "b"])),
    /expected at least 2 outputs a text, found 1; mind the recipe's output/,
  );
  await wide.dispose();
  await assert.rejects(
    open(source, { output: { field: "score", value: 0 } }),
    /has no output score \(it has logits\)/,
  );
  await assert.rejects(
    open(source, { output: { field: "logits", value: "GOOD" } }),
    /has no label "GOOD" \(labels: .*\); give the recipe the number/,
  );
  await assert.rejects(open(source, { input: "chat" }), /has no chat template/);
  await assert.rejects(
    open(source, { weights: "int8" }),
    /has no ONNX weights \(looked for onnx\/model_int8/,
  );
  await assert.rejects(
    openRewardModel("embeded", world),
    /no reward model "embeded"; did you mean embedded\? \(rate models lists/,
  );
  const folder = emptyFolder(t);
  await assert.rejects(open(join(folder, "nowhere")), /there is no such folder with a model/);
  await assert.rejects(open(folder), /has no file tokenizer\.json/);
  cpSync(source, folder, { recursive: true });
  writeFileSync(join(folder, "model.onnx"), "no model");
  await assert.rejects(open(folder), /model\.onnx: is not a model that ONNX Runtime can load/);
});
