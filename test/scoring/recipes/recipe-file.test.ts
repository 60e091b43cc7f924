import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { builtInRecipes } from "../../../src/scoring/recipes/built-in.js";
import { loadRecipe } from "../../../src/scoring/recipes/recipe-file.js";
import { emptyFolder } from "../../support/folders.js";

test("every built-in recipe says how its model is called", async () => {
  assert.ok(builtInRecipes().size > 40);
  for (const [name, { recipe, about, family }] of builtInRecipes()) {
    assert.equal((await loadRecipe(name)).name, name);
    assert.ok(recipe.runtimes.length > 0 && recipe.maxTokens > 0 && about && family, name);
    if (recipe.headLayers) assert.deepEqual(recipe.runtimes, ["transformers"], name);
  }
  const armorm = await loadRecipe("armorm");
  assert.deepEqual(
    [armorm.rewardKey, armorm.output.field, armorm.trustRemoteCode, armorm.dtype, armorm.input],
    ["RLHFlow/ArmoRM-Llama3-8B-v0.1", "score", true, "bfloat16", "chat"],
  );
});

test("a template of one's own is a few lines of YAML", async (t) => {
  const folder = emptyFolder(t);
  const file = join(folder, "mine.yaml");
  writeFileSync(
    file,
    "model: ./weights\ninput: pair\nreward_key: org/mine\noutput: { value: good, minus: 0 }\nmax_tokens: 256\n",
  );
  const template = await loadRecipe(file);
  assert.equal(template.model, join(folder, "weights"));
  assert.deepEqual([template.name, template.rewardKey, template.maxTokens], ["mine", "org/mine", 256]);
  assert.deepEqual(template.output, { field: "logits", value: "good", minus: 0 });
  assert.deepEqual([template.dtype, template.truncation, template.runtimes[0]], ["float32", "right", "onnx"]);
});

test("faults in a template are told with their lines", async (t) => {
  const file = join(emptyFolder(t), "mine.yaml");
  writeFileSync(file, "model: org/mine\ninput: pairs\nmax_token: 3\n");
  await assert.rejects(
    loadRecipe(file),
    (error: Error) =>
      /mine\.yaml:2: input: /.test(error.message) &&
      /mine\.yaml:3: max_token: unknown key; did you mean max_tokens\?/.test(error.message),
  );
  await assert.rejects(loadRecipe(`${file}.yml`), /cannot be read/);
  await assert.rejects(loadRecipe("skywork_v2_lama_8b"), /did you mean skywork_v2_llama_8b\?/);
});
