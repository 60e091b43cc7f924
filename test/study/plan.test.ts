import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { datasetsOf, describeDatasets } from "../../src/study/plan.js";
import { emptyFolder } from "../support/folders.js";

test("a data file below the project directory counts by its content", async (t) => {
  const project = emptyFolder(t);
  const path = join("datasets", "described-rows.csv");
  const datasets = await datasetsOf({
    dataset_name: "described",
    attribute: "length",
    data: { file: path, columns: { response: "text" }, prompt: "p" },
  });
  await assert.rejects(describeDatasets(datasets, project), /described-rows\.csv: there is no such file/);
  mkdirSync(join(project, "datasets"));
  writeFileSync(join(project, path), "text\none\n");
  const before = await describeDatasets(datasets, project);
  writeFileSync(join(project, path), "text\ntwo\n");
  assert.notDeepEqual(await describeDatasets(datasets, project), before);
});

test("who rewrites where the configuration does not say: the model that is named, in batches, else the rules", async () => {
  const rewriterOf = async (config: object) => {
    const [job] = await datasetsOf({ dataset_name: "x", ...config } as Parameters<typeof datasetsOf>[0]);
    return job!.rewriter;
  };
  const own = { attribute: "length", data: { file: "x.csv", columns: { response: "text" }, prompt: "p" } };
  assert.equal(await rewriterOf({ dataset_name: "imdb_length" }), "openai-batch");
  assert.equal(await rewriterOf({ ...own, model: "gpt-4o" }), "openai-batch");
  assert.equal(await rewriterOf({ dataset_name: "reviews_length" }), "builtin");
  assert.equal(await rewriterOf(own), "builtin");
  assert.equal(await rewriterOf({ dataset_name: "imdb_length", rewriter: "builtin" }), "builtin");
});
