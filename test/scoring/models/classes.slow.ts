import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Recipe, recipeOf } from "../../../src/domain/recipe.js";
import type { RewardModel } from "../../../src/domain/reward-model.js";
import { openEncoder } from "../../../src/scoring/in-process/encoder.js";
import { openModelFiles } from "../../../src/scoring/in-process/model-files.js";
import { openOnnxModel } from "../../../src/scoring/in-process/onnx.js";
import { openManagedModel } from "../../../src/scoring/managed.js";
import { loadRecipe } from "../../../src/scoring/recipes/recipe-file.js";
import { world } from "../../support/hub.js";

// Models of the classes beside plain classifiers, made by `make test-models`: their own call in `transformers` beside this program's, in process and by the reward server, and
// each wrong way to load them.
const FOLDER = process.env.TINY_MODELS ?? "";
const PYTHON = process.env.TINY_MODELS_PYTHON ?? "python3";
const TOLERANCE = 1e-5;

interface Case {
  readonly name: string;
  readonly plain: string;
  readonly response: string;
  readonly limit: number;
  readonly side: "right" | "left";
  readonly ids: readonly number[];
  readonly start?: number;
  readonly outputs: readonly number[];
}

const CLASSES = [
  "two_layer",
  "value_head",
  "appended",
  "token_logit",
  "steps",
  "multi_head",
  "gemma2",
  "dpo",
  "no_pad",
];

const recipeIn = (name: string): Promise<Recipe> => loadRecipe(join(FOLDER, name, "recipe.yaml"));
const casesOf = (name: string): Case[] =>
  JSON.parse(readFileSync(join(FOLDER, name, "reference.json"), "utf8"));

/** The reference cases, by the length and side at which they are cut. */
function kinds(name: string): Map<string, Case[]> {
  const found = new Map<string, Case[]>();
  for (const each of casesOf(name)) {
    const key = `${each.limit} ${each.side}`;
    found.set(key, [...(found.get(key) ?? []), each]);
  }
  return found;
}

const cutAs = (recipe: Recipe, { limit, side }: Case): Recipe => ({
  ...recipe,
  maxTokens: limit,
  truncation: side,
});

async function compare(t: TestContext, name: string, open: (recipe: Recipe) => Promise<RewardModel>) {
  const recipe = await recipeIn(name);
  let largest = 0;
  const rewards: number[] = [];
  const model = await open(recipe);
  t.after(() => model.dispose());
  for (const cases of kinds(name).values()) {
    // Texts cut in other ways are for the token ids; a server would have to be started for each.
    if (cases[0]!.limit !== 1024) continue;
    const scores = await model.score(cases.map(({ plain, response }) => ({ prompt: plain, response })));
    for (const [index, { reward, others = [] }] of scores.entries()) {
      const { outputs, name: which } = cases[index]!;
      assert.equal(outputs.length, 1 + others.length, which);
      for (const [place, value] of [reward, ...others].entries())
        largest = Math.max(
          largest,
          Math.abs(value - outputs[place]!) / Math.max(1, Math.abs(outputs[place]!)),
        );
      rewards.push(reward);
    }
  }
  const spread = Math.max(...rewards) - Math.min(...rewards);
  t.diagnostic(
    `${name}: ${rewards.length} texts, largest difference ${largest.toExponential(1)}, spread ${spread.toFixed(2)}`,
  );
  assert.ok(largest < TOLERANCE, `${name}: differs by ${largest}`);
  assert.ok(spread > 1000 * TOLERANCE, `${name}: the scores hardly differ`);
}

const managed = (recipe: Recipe) =>
  openManagedModel(
    { ...recipe, runtimes: ["transformers"] },
    {
      runtime: "transformers",
      python: PYTHON,
      allowProbe: ["truncation", "activation", "constant", "noise", "batch", "pad"],
    },
    { ...world, environment: { ...world.environment, CUDA_VISIBLE_DEVICES: "" } },
  );

for (const name of [...CLASSES, "pad_is_end"]) {
  test(`${name}: token ids are those of transformers`, async () => {
    const recipe = await recipeIn(name);
    for (const cases of kinds(name).values()) {
      const cut = cutAs(recipe, cases[0]!);
      const encoder = await openEncoder(cut, await openModelFiles(cut, world));
      for (const { name: which, plain, response, ids, start } of cases) {
        const encoded = encoder.encode({ prompt: plain, response });
        assert.deepEqual(encoded.ids, ids, `${which}, ${cut.truncation}`);
        if (start !== undefined) assert.equal(encoded.start, start, which);
      }
    }
  });
}

for (const name of CLASSES) {
  test(`${name}: scores of the reward server are those of transformers`, (t) => compare(t, name, managed));
  if (existsSync(join(FOLDER, name, "model.onnx")))
    test(`${name}: scores in process are those of transformers`, (t) =>
      compare(t, name, (recipe) =>
        openOnnxModel({ ...recipe, output: { ...recipe.output, field: "logits" } }, world),
      ));
}

/** Ways to load a model that would give it a random head, or leave weights out, and what must be said. */
const WRONG: readonly [string, string, Partial<Recipe>, RegExp][] = [
  [
    "a two-layer head as a plain classifier",
    "two_layer",
    { modelClass: "AutoModelForSequenceClassification", headLayers: undefined as never },
    /two_layer does not fit \w+: its files lack score\.weight; they hold.* score\.0\.bias, score\.0\.weight/,
  ],
  [
    "a value head without its code",
    "value_head",
    { trustRemoteCode: false },
    /lack score\.weight; they hold.* v_head\.summary\.0/,
  ],
  [
    "a head at an appended token as a plain classifier",
    "appended",
    { modelClass: "AutoModelForSequenceClassification", headLayers: undefined as never },
    /lack score\.weight/,
  ],
  [
    "a head whose weights are elsewhere",
    "two_layer",
    { headLayers: { layers: ["v_head"], activation: "none" } },
    /score\.0\.weight|have no v_head\.weight/,
  ],
  ["weights that nobody asked for", "appended", { ignoreWeights: [] }, /no use for, lm_head\.weight/],
  [
    "a language model as a classifier",
    "token_logit",
    { modelClass: "AutoModelForSequenceClassification" },
    /lack score\.weight/,
  ],
  [
    "a classifier as a language model",
    "multi_head",
    { modelClass: "AutoModelForCausalLM" },
    /lack lm_head\.weight/,
  ],
  ["a head of another shape", "wrong_shape", {}, /other shapes than the class has: score\.weight/],
  ["Gemma 2 under sdpa", "gemma2", { attention: "sdpa" }, /gemma2: sdpa leaves out the soft-capping/],
];

for (const [what, name, change, words] of WRONG) {
  test(`refused by the reward server: ${what}`, async () => {
    const path = join(FOLDER, name, "recipe.yaml");
    const recipe = existsSync(path)
      ? await loadRecipe(path)
      : recipeOf({ name, model: join(FOLDER, name), input: "chat", maxTokens: 1024 });
    await assert.rejects(managed({ ...recipe, ...change }), (error: Error) => {
      assert.match(error.message, words);
      return true;
    });
  });
}
