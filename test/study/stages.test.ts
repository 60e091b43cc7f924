import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { checkConfig } from "../../src/domain/config/parse.js";
import { Project } from "../../src/storage/project/project.js";
import { effectsTasks, mismatches, scoringTasks } from "../../src/study/stages.js";
import { emptyFolder } from "../support/folders.js";

/** A project with empty files of these names below `data/`. */
async function projectWith(t: TestContext, ...names: string[]): Promise<Project> {
  const folder = emptyFolder(t);
  for (const name of names) {
    const path = join(folder, "data", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
  }
  return Project.open(folder);
}

const OWN = {
  dataset_name: "mine",
  data: { file: "x.jsonl", columns: { response: "text" }, prompt: "p" },
  attribute: ["sentiment", "length"],
};
const configOf = (value: object) => checkConfig(value, "c.yaml");

test("own data with two attributes: scoring and effects find a file for each, newest first", async (t) => {
  const project = await projectWith(
    t,
    "rewrites/mine_sentiment_dataset_20240101_000000_smoke_test.json",
    "rewrites/mine_sentiment_dataset_20240102_000000_smoke_test.json",
    "rewrites/mine_sentiment_dataset_20240103_000000.json",
    "rewrites/mine_length_dataset_20240101_000000_smoke_test.json",
    "rewrites/mine_length_extra_dataset_20240109_000000_smoke_test.json",
    "scored/mine_sentiment_embedded_smoke_test_scored_20240102_000000.jsonl",
    "scored/mine_length_embedded_smoke_test_scored_20240102_000000.jsonl",
    "scored/mine_length_extra_embedded_smoke_test_scored_20240104_000000.jsonl",
  );
  const config = configOf({ smoke_test: true, rewrites: OWN, scoring: { model: "embedded" }, effects: {} });
  const tasks = await scoringTasks(config, project, "c.yaml");
  assert.deepEqual(
    tasks.map(({ dataset, input }) => [dataset, basename(input)]),
    [
      ["mine_sentiment", "mine_sentiment_dataset_20240102_000000_smoke_test.json"],
      ["mine_length", "mine_length_dataset_20240101_000000_smoke_test.json"],
    ],
  );
  const estimates = await effectsTasks(config, project, "c.yaml");
  assert.deepEqual(
    estimates.map(({ dataset, concept, score, rewardKey, scored }) => [
      dataset,
      concept,
      score,
      rewardKey,
      basename(scored),
    ]),
    ["sentiment", "length"].map((concept) => [
      `mine_${concept}`,
      concept,
      "embedded",
      "rate/review-sentiment",
      `mine_${concept}_embedded_smoke_test_scored_20240102_000000.jsonl`,
    ]),
  );
  // The data's own name stands for all of its data sets, an attribute for the data sets about it.
  const named = configOf({ ...config, scoring: { model: "embedded", dataset_name: "mine" } });
  assert.equal((await scoringTasks(named, project, "c.yaml")).length, 2);
  const about = configOf({ ...config, effects: { concept: "length" } });
  assert.deepEqual(
    (await effectsTasks(about, project, "c.yaml")).map(({ dataset }) => dataset),
    ["mine_length"],
  );
  const wrong = configOf({ ...config, effects: { concept: "typos" } });
  await assert.rejects(
    effectsTasks(wrong, project, "c.yaml"),
    /c\.yaml: effects\.concept: .*typos.*sentiment, length/,
  );
});

test("nothing named in effects: names are those of rewrites and scoring, whatever folder a template is in", async (t) => {
  const folder = emptyFolder(t);
  const template = join(folder, "own.ts");
  writeFileSync(
    template,
    'export default { name: "own_length", source: { kind: "file", path: "x" }, attribute: "length", treated: { by: "rule" }, completion: (row) => row.text, question: () => "q" };',
  );
  const project = await projectWith(t, "scored/own_length_embedded_scored_20240102_000000.jsonl");
  const config = configOf({
    rewrites: { dataset_name: template },
    scoring: { model: "embedded" },
    effects: {},
  });
  const [task] = await effectsTasks(config, project, "c.yaml");
  assert.deepEqual([task!.dataset, task!.concept, task!.score], ["own_length", "length", "embedded"]);
});

test("a configuration that names everything, as published, is taken at its word", async (t) => {
  const project = await projectWith(t);
  const config = configOf({
    rewrites: { dataset_name: "imdb_length" },
    scoring: {
      model: "armorm",
      dataset_name: "imdb_length",
      dataset_filename: "imdb_length_dataset_20241028_142301.json",
    },
    effects: {
      dataset_name: "imdb_length",
      concept: "length",
      score: "armorm",
      reward_key: "RLHFlow/ArmoRM-Llama3-8B-v0.1",
      dataset_folder: "old",
      dataset_filename: "f.jsonl",
    },
  });
  assert.deepEqual(await scoringTasks(config, project, "c.yaml"), [
    {
      dataset: "imdb_length",
      input: project.path("data", "rewrites", "imdb_length_dataset_20241028_142301.json"),
    },
  ]);
  assert.deepEqual(await effectsTasks(config, project, "c.yaml"), [
    {
      dataset: "imdb_length",
      concept: "length",
      score: "armorm",
      rewardKey: "RLHFlow/ArmoRM-Llama3-8B-v0.1",
      scored: project.path("data", "scored", "old", "f.jsonl"),
    },
  ]);
});

test("a file alone names its data set and model", async (t) => {
  const project = await projectWith(t);
  const config = configOf({
    scoring: { model: "embedded" },
    effects: { dataset_filename: "poems_length_embedded_smoke_test_scored_20240102_000000.jsonl" },
  });
  const [task] = await effectsTasks(config, project, "c.yaml");
  assert.deepEqual([task!.dataset, task!.concept, task!.score], ["poems_length", "length", "embedded"]);
});

test("adding a model to scores that exist twice starts from the same scores twice", async (t) => {
  const project = await projectWith(
    t,
    "scored/reviews_length_embedded_scored_20240101_000000.jsonl",
    "scored/reviews_length_deberta_scored_20240102_000000.jsonl",
  );
  const config = configOf({
    rewrites: { dataset_name: "reviews_length" },
    scoring: { model: "deberta", dataset_folder: "scored" },
  });
  const [task] = await scoringTasks(config, project, "c.yaml");
  assert.match(task!.input, /reviews_length_embedded_scored/);
});

test("what is not there is an error that says how it is made", async (t) => {
  const project = await projectWith(t);
  const config = configOf({ rewrites: OWN, scoring: { model: "embedded" }, effects: {} });
  await assert.rejects(
    scoringTasks(config, project, "c.yaml"),
    /no rewrites file of mine_(?:sentiment|length); rate create-dataset makes it/,
  );
  await assert.rejects(
    effectsTasks(config, project, "c.yaml"),
    /no scored file of mine_(?:sentiment|length) by embedded; rate score makes it/,
  );
});

test("files and keys that do not belong together are said", async () => {
  const of = (effects: object, smoke_test = false) =>
    mismatches(configOf({ smoke_test, scoring: { model: ["embedded", "deberta"] }, effects }), "effects");
  const file = "imdb_length_embedded_scored_20240101_000000.jsonl";
  assert.deepEqual(await of({ dataset_name: "imdb_length", dataset_filename: file, score: "embedded" }), []);
  assert.match(
    (await of({ dataset_filename: file }, true)).join(),
    /names no smoke test's file .* smoke_test is true/,
  );
  assert.match(
    (await of({ dataset_name: "eli5_length", dataset_filename: file })).join(),
    /is of another data set than dataset_name says \(eli5_length\)/,
  );
  assert.match(
    (await of({ score: "deberta", reward_key: "rate/review-sentiment" })).join(),
    /effects\.score is deberta, whose reward key is OpenAssistant\/.*, but reward_key is rate\/review-sentiment/,
  );
  assert.deepEqual(await of({ dataset_name: "x", dataset_filename: "my_scores.jsonl" }), []);
});
