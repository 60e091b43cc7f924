import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parquetWriteFile } from "hyparquet-writer";
import { tableRows } from "../../../../src/storage/readers/tables/index.js";
import { emptyFolder } from "../../../support/folders.js";

async function rowsAt(path: string, signal?: AbortSignal) {
  const found = [];
  for await (const { row } of tableRows(path, signal)) found.push(row);
  return found;
}

/** A Parquet file whose rows are packed, so that a changed byte is easily one of its structure. */
function parquet(t: TestContext): string {
  const path = join(emptyFolder(t), "a.parquet");
  const data = Array.from({ length: 2500 }, (_, index) => `text ${index % 7}`);
  parquetWriteFile({ filename: path, columnData: [{ name: "text", data, type: "STRING" }] });
  return path;
}

test("the shapes in which pandas writes JSON hold the same rows", async (t) => {
  const folder = emptyFolder(t);
  const rows = [
    { text: "a", label: 1 },
    { text: 'b "2"', label: null },
  ];
  const shapes = {
    records: rows,
    index: { 0: rows[0], 1: rows[1] },
    columns: { text: { 0: "a", 1: 'b "2"' }, label: { 0: 1, 1: null } },
    split: {
      columns: ["text", "label"],
      index: [0, 1],
      data: [
        ["a", 1],
        ['b "2"', null],
      ],
    },
    table: { schema: { fields: [{ name: "index" }], pandas_version: "1.4.0" }, data: rows },
  };
  for (const [name, value] of Object.entries(shapes)) {
    for (const space of [0, 2]) {
      const path = join(folder, `${name}.json`);
      writeFileSync(path, JSON.stringify(value, null, space));
      const found = (await rowsAt(path)).map(({ text, label }) => ({ text, label }));
      assert.deepEqual(found, rows, `${name} ${space}`);
    }
  }
});

test("damaged Parquet files end as errors within the time for them, whatever byte is wrong", async (t) => {
  const path = parquet(t);
  assert.equal((await rowsAt(path)).length, 2500);
  const whole = readFileSync(path);
  const damaged = join(emptyFolder(t), "b.parquet");
  for (let seed = 1; seed <= 12; seed += 1) {
    const bytes = Buffer.from(whole);
    for (let change = 0; change < 3; change += 1)
      bytes[(seed * 7919 + change * 104729) % bytes.length] = (seed * 37) % 256;
    writeFileSync(damaged, bytes);
    await rowsAt(damaged).catch((error) => {
      assert.equal(error.name, "RateError");
      assert.match(error.message, /b\.parquet: not a readable Parquet file/);
    });
  }
});

test("a Parquet file can be left in the middle, and by a signal", async (t) => {
  const path = parquet(t);
  for await (const { origin } of tableRows(path)) {
    assert.equal(origin, `${path}: row 0`);
    break;
  }
  const controller = new AbortController();
  controller.abort(new Error("stopped"));
  await assert.rejects(rowsAt(path, controller.signal), /stopped/);
});
