import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { openSource } from "../../../src/datasets/sources/source.js";
import { lineBlocks, linesOf } from "../../../src/storage/examples/lines.js";
import { readRecords } from "../../../src/storage/examples/stored.js";
import { emptyFolder } from "../../support/folders.js";
import { hub } from "../../support/hub.js";

const RUNS = { numRuns: 150 };

/** Any text that UTF-8 can hold. */
const text = fc.string({ unit: "grapheme" });
const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text, { maxLength: 3 }));
const fields = fc.record({ completions: fc.dictionary(text, text, { maxKeys: 3 }), "a b": value });
const ids = fc.uniqueArray(text, { minLength: 1, maxLength: 8 });

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Rows as JSON has them: objects of other prototypes are the same. */
const plain = (rows: unknown): unknown => JSON.parse(JSON.stringify(rows));

async function rowsOf(path: string): Promise<unknown> {
  const rows = await all(openSource({ kind: "file", path }, { projectDirectory: "/", hub }));
  return plain(rows.map(({ row }) => row));
}

test("lines are the same however the bytes are split into pieces", async (t) => {
  const path = join(emptyFolder(t), "a.jsonl");
  const lines = fc.array(fc.record({ id: text, value }), { maxLength: 8 });
  const mark = fc.constantFrom("", "\ufeff");
  const end = fc.constantFrom("\n", "\r\n", "\n\n");
  await fc.assert(
    fc.asyncProperty(lines, mark, end, fc.integer({ min: 1, max: 40 }), async (rows, before, after, size) => {
      writeFileSync(path, before + rows.map((row) => JSON.stringify(row) + after).join(""));
      const blocks = await all(lineBlocks(path, size));
      const found = blocks.flatMap((block) => [...linesOf(block)]);
      assert.deepEqual(
        found.map((line) => JSON.parse(line.text)),
        plain(rows),
      );
      const step = after === "\n\n" ? 2 : 1;
      assert.deepEqual(
        found.map(({ line }) => line),
        rows.map((_, index) => 1 + index * step),
      );
    }),
    RUNS,
  );
});

test("what is written as lines or keyed by id is read as the same records", async (t) => {
  const folder = emptyFolder(t);
  await fc.assert(
    fc.asyncProperty(ids, fc.array(fields, { minLength: 8, maxLength: 8 }), async (names, bodies) => {
      const rows = names.map((id, index) => ({ id, ...bodies[index]! }));
      const [lines, keyed] = [join(folder, "a.jsonl"), join(folder, "b.json")];
      writeFileSync(lines, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
      const members = rows.map(
        ({ id, ...body }) => `${JSON.stringify(id)}: ${JSON.stringify(body, null, 1)}`,
      );
      writeFileSync(keyed, `{\n${members.join(",\n")}\n}\n`);
      const fromLines = await all(readRecords(lines));
      assert.deepEqual(plain(fromLines.map(({ record }) => record)), plain(rows));
      const fromKeyed = await all(readRecords(keyed));
      assert.deepEqual(plain(fromKeyed.map(({ id, record }) => ({ id, ...record }))), plain(rows));
      assert.deepEqual(await rowsOf(lines), plain(rows));
    }),
    RUNS,
  );
});

test("what is written as CSV or TSV is read as the same rows", async (t) => {
  const folder = emptyFolder(t);
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ id: text, text }), { minLength: 1, maxLength: 8 }),
      fc.constantFrom(["a.csv", ","] as const, ["a.tsv", "\t"] as const),
      fc.constantFrom("\n", "\r\n"),
      async (rows, [name, delimiter], end) => {
        const path = join(folder, name);
        const table = [["id", "text"], ...rows.map((row) => [row.id, row.text])];
        writeFileSync(path, table.map((cells) => cells.map(quoted).join(delimiter) + end).join(""));
        assert.deepEqual(await rowsOf(path), plain(rows));
      },
    ),
    RUNS,
  );
});
