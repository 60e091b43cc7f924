import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../../src/domain/config/parse.js";
import { inferenceOf } from "../../../src/estimation/stage/choices.js";

const PUBLISHED = `
smoke_test: true
rewrites:
  dataset_name: "imdb_length"          # a dataset template's name
scoring:
  model: "armorm"                      # a recipe's name
  dataset_folder: "rewrites"           # or "scored", to add a model to scores that exist
  dataset_filename: "imdb_length_dataset_20241028_142301_smoke_test.json"
  dataset_name: "imdb_length"
effects:
  dataset_name: "imdb_length"
  dataset_folder: null                 # or a folder below data/scored
  concept: "length"
  score: "armorm"
  reward_key: "RLHFlow/ArmoRM-Llama3-8B-v0.1"
  dataset_filename: "imdb_length_armorm_smoke_test_scored_20241104_111220.jsonl"
`;

const fails = (text: string, pattern: RegExp) =>
  assert.throws(() => parseConfig(text, "config.yaml"), { message: pattern });

test("the published configuration is read as it is", () => {
  const config = parseConfig(PUBLISHED, "config.yaml");
  assert.equal(config.smoke_test, true);
  assert.equal(config.rewrites?.dataset_name, "imdb_length");
  assert.equal(config.scoring?.dataset_filename, "imdb_length_dataset_20241028_142301_smoke_test.json");
  assert.equal(config.effects?.reward_key, "RLHFlow/ArmoRM-Llama3-8B-v0.1");
  assert.deepEqual(
    [inferenceOf(config.effects).standardError, inferenceOf(config.effects).interval],
    ["paired", "t"],
  );
});

test("an unknown key names its line and the nearest known key", () => {
  fails(
    "smoke_test: true\nscoring:\n  modell: armorm\n  model: x\n",
    /^config\.yaml:3: scoring\.modell: unknown key; did you mean model\? \(known: model, /,
  );
  fails("\n\nsmoke-test: true\n", /^config\.yaml:3: smoke-test: unknown key; did you mean smoke_test\?/);
});

test("a wrong type names its line and field, and all faults are told at once", () => {
  fails(
    "smoke_test: maybe\nrewrites:\n  dataset_name: 3\n  n_examples: -1\n",
    /^config\.yaml:1: smoke_test: .*expected boolean.*\nconfig\.yaml:3: rewrites\.dataset_name: .*\nconfig\.yaml:4: rewrites\.n_examples: /,
  );
});

test("what is not YAML names its line", () => {
  fails("smoke_test: true\nrewrites: [a\n", /^config\.yaml:[23]: is not YAML: /);
});

test("an empty file is an empty configuration", () => {
  assert.deepEqual(parseConfig("", "config.yaml"), { smoke_test: false });
});
