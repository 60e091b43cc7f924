import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { recipeOf } from "../../../src/domain/recipe.js";
import { openModelFiles } from "../../../src/scoring/in-process/model-files.js";
import { openOnnxModel } from "../../../src/scoring/in-process/onnx.js";
import { weightFaultOf } from "../../../src/scoring/index.js";
import { builtInRecipes } from "../../../src/scoring/recipes/built-in.js";
import { comparedOn } from "../../../src/scoring/recipes/checked.js";
import { proposeRecipe } from "../../../src/scoring/recipes/try-model.js";
import { readWeightNames, weightFault } from "../../../src/scoring/recipes/weights.js";
import { emptyFolder } from "../../support/folders.js";
import { world } from "../../support/hub.js";
import { END_ID, modelFolder } from "../../support/model-folder.js";

const BODY = ["model.embed_tokens.weight", "model.layers.0.mlp.up_proj.weight", "model.norm.weight"];
const plain = {
  model: "m",
  modelClass: "AutoModelForSequenceClassification",
  trustRemoteCode: false,
} as const;
const llama = { model_type: "llama" };

/** What a recipe says, the head in the files, and what is wrong. */
const CASES: readonly [string, Parameters<typeof weightFault>[0], string[], object, RegExp | null][] = [
  ["a plain classifier", plain, ["score.weight"], llama, null],
  ["a classifier with a bias", plain, ["score.weight", "score.bias"], llama, null],
  [
    "a two-layer head",
    plain,
    ["score.0.weight", "score.2.weight"],
    llama,
    /lack score.weight: .*random weights, and hold score.0.weight, score.2.weight/,
  ],
  ["a value head", plain, ["v_head.summary.weight"], llama, /lack score.weight/],
  ["a language model", plain, ["lm_head.weight"], llama, /lack score.weight/],
  [
    "weights nobody asked for",
    plain,
    ["score.weight", "v_head.weight"],
    llama,
    /hold v_head.weight, which the class has no use for/,
  ],
  [
    "those, ignored",
    { ...plain, ignoreWeights: ["v_head.*"] },
    ["score.weight", "v_head.weight"],
    llama,
    null,
  ],
  [
    "the layers of a recipe",
    { ...plain, modelClass: "AutoModel", headLayers: { layers: ["score.0", "score.2"], activation: "relu" } },
    ["score.0.weight", "score.0.bias", "score.2.weight"],
    llama,
    null,
  ],
  [
    "a layer that is not there",
    { ...plain, modelClass: "AutoModel", headLayers: { layers: ["v_head"], activation: "none" } },
    ["score.weight"],
    llama,
    /lack v_head.weight/,
  ],
  [
    "tied embeddings",
    { ...plain, modelClass: "AutoModelForCausalLM" },
    [],
    { ...llama, tie_word_embeddings: true },
    null,
  ],
  [
    "no language head",
    { ...plain, modelClass: "AutoModelForCausalLM" },
    ["score.weight"],
    llama,
    /lack lm_head.weight/,
  ],
  ["an encoder", plain, ["pre_classifier.weight", "classifier.weight"], { model_type: "distilbert" }, null],
  [
    "an encoder without head",
    plain,
    ["vocab_projector.weight"],
    { model_type: "distilbert" },
    /lack pre_classifier.weight, classifier.weight/,
  ],
  [
    "own code of that class",
    { ...plain, trustRemoteCode: true },
    ["x.weight"],
    { auto_map: { AutoModelForSequenceClassification: "m.M" } },
    null,
  ],
  [
    "own code of another class",
    { ...plain, trustRemoteCode: true },
    ["x.weight"],
    { auto_map: { AutoModel: "m.M" } },
    /has no AutoModelForSequenceClassification \(it has AutoModel\)/,
  ],
];

for (const [what, recipe, heads, config, words] of CASES) {
  test(`weights: ${what}`, () => {
    const fault = weightFault(recipe, { source: "index", keys: [...BODY, ...heads] }, config as never);
    if (words === null) assert.equal(fault, null);
    else assert.match(fault ?? "", words);
  });
}

test("names come from a safetensors header or the index of shards", async (t) => {
  const folder = modelFolder(join(emptyFolder(t), "rm"), { weights: [...BODY, "score.weight"] });
  const recipe = recipeOf({ name: "rm", model: folder, input: "chat" });
  const files = await openModelFiles(recipe, world);
  assert.deepEqual((await readWeightNames(files))?.keys, [...BODY, "score.weight"]);
  assert.equal(await weightFaultOf(recipe, world), null);
  const map = Object.fromEntries([...BODY, "v_head.weight"].map((key) => [key, "model-00001.safetensors"]));
  writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));
  assert.match((await weightFaultOf(recipe, world)) ?? "", /index\.json\) do not fit .*lack score.weight/);
});

test("a graph beside weights without the head is not believed, nor one whose texts end with the pad token", async (t) => {
  const folder = modelFolder(join(emptyFolder(t), "rm"), { weights: [...BODY, "v_head.weight"] });
  const open = (model: string, more = {}) =>
    openOnnxModel(recipeOf({ name: "rm", model, input: "chat", runtimes: ["onnx"], ...more }), world);
  await assert.rejects(open(folder), /lack score.weight.*a graph exported from them so has a random head/);
  const padded = modelFolder(join(emptyFolder(t), "padded"), { config: { pad_token_id: END_ID } });
  await assert.rejects(open(padded), /texts end with the model's pad token \(258\): .*allow_probe: \[pad\]/);
  await assert.rejects(open(padded, { allowProbe: ["pad"] }), /has no ONNX weights/);
});

test("a look at a model's files proposes a recipe, or says what is missing", async (t) => {
  const root = emptyFolder(t);
  const look = async (name: string, settings: Parameters<typeof modelFolder>[1]) => {
    const folder = modelFolder(join(root, name), settings);
    return proposeRecipe(
      folder,
      await openModelFiles(recipeOf({ name, model: folder, input: "chat" }), world),
    );
  };
  const plainModel = await look("plain", { weights: [...BODY, "score.weight"] });
  assert.deepEqual(plainModel.missing, []);
  assert.deepEqual(Object.keys(plainModel.recipe), ["model", "input"]);
  const two = await look("two", { weights: [...BODY, "score.0.weight", "score.0.bias", "score.2.weight"] });
  assert.deepEqual(two.recipe.head, { layers: ["score.0", "score.2"], activation: "relu" });
  const appended = await look("appended", { weights: [...BODY, "v_head.weight", "lm_head.weight"] });
  assert.deepEqual(appended.recipe.head, { layers: ["v_head"], activation: "none" });
  assert.deepEqual(appended.recipe.ignore_weights, ["lm_head.weight"]);
  const own = await look("own", { config: { auto_map: { AutoModel: "m.M", AutoConfig: "m.C" } } });
  assert.deepEqual([own.recipe.trust_remote_code, own.recipe.class], [true, "AutoModel"]);
  assert.match(own.missing.join(), /output\.field/);
  const heads = await look("heads", {
    weights: [...BODY, "score.weight"],
    config: { id2label: { 0: "good", 1: "bad" } },
  });
  assert.deepEqual(heads.recipe.output, { heads: { good: 0, bad: 1 } });
  const gemma = await look("gemma", { weights: [...BODY, "score.weight"], config: { model_type: "gemma2" } });
  assert.equal(gemma.recipe.attention, "eager");
  const bare = await look("bare", {
    weights: [...BODY, "score.weight"],
    tokenizerConfig: { chat_template: undefined },
  });
  assert.match(bare.missing.join(), /chat template/);
  const headless = await look("headless", { weights: BODY });
  assert.match(headless.missing.join(), /a head: the weights outside the network's body are none/);
  const language = await look("language", {
    weights: [...BODY, "lm_head.weight"],
    config: { architectures: ["LlamaForCausalLM"] },
  });
  assert.match(language.missing.join(), /what its reward is/);
});

test("every built-in recipe has its kind among what has been checked", () => {
  for (const [name, { recipe }] of builtInRecipes())
    assert.ok(
      comparedOn(recipe).some(([, check]) => check !== null),
      name,
    );
});
