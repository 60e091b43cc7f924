import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findAttribute } from "../../../src/datasets/attributes/index.js";
import { templateFromColumns } from "../../../src/datasets/loading/columns.js";
import { loadExamples } from "../../../src/datasets/loading/examples.js";
import type { Json } from "../../../src/domain/example.js";
import type { Context } from "../../../src/storage/project/context.js";
import { Project } from "../../../src/storage/project/project.js";
import { REPOSITORY } from "../../support/folders.js";

const FOLDER = join(REPOSITORY, "test", "fixtures", "tables");
const rows: Record<string, Json>[] = JSON.parse(readFileSync(join(FOLDER, "rows.json"), "utf8"));

/** The rows that have a prompt and a response, as examples. */
const expected = rows
  .filter(({ q, text }) => q !== null && text !== null)
  .map(({ id, q, text, long }) => [id, q, text, long]);

const tables = readdirSync(FOLDER).filter((name) => /^(pandas|pyarrow|polars)/.test(name));

test("there are tables of pandas, pyarrow and polars in all formats", () => {
  for (const kind of [".csv", ".csv.gz", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet"])
    assert.ok(
      tables.some((name) => name.endsWith(kind)),
      kind,
    );
});

for (const name of tables) {
  test(`${name} comes in as the same examples: ids with their digits, missing cells, labels`, async () => {
    const context = {
      project: await Project.open(FOLDER),
      stamp: { timestamp: "20250101_000000", smokeTest: false },
      environment: {},
      signal: new AbortController().signal,
    } as Context;
    const columns = { prompt: "q", response: "text", treated: "long" };
    const template = templateFromColumns(
      "t",
      findAttribute("length"),
      { file: join(FOLDER, name), columns },
      false,
    );
    const { examples, skipped } = await loadExamples(template, context);
    const found: unknown[] = [];
    for await (const { id, prompt, response, treated } of examples)
      found.push([id, prompt, response, treated]);
    await examples.close();
    assert.deepEqual(found, expected);
    assert.deepEqual(skipped, { "without a prompt": 1, "without a response": 1 });
  });
}
