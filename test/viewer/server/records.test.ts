import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ByteStore } from "../../../src/viewer/server/bytes.js";
import { jsonOf, type RecordSpan, spansOf } from "../../../src/viewer/server/records.js";

/** A store that gives a text in pieces of a size. */
function storeOf(text: string, size: number): ByteStore {
  const bytes = Buffer.from(text);
  return {
    async *pieces(from) {
      for (let start = from; start < bytes.length; start += size)
        yield { start, bytes: bytes.subarray(start, start + size) };
    },
    read: async (start, length) => bytes.subarray(start, start + length),
    close: async () => undefined,
  };
}

async function spans(...given: Parameters<typeof spansOf>): Promise<RecordSpan[]> {
  const found: RecordSpan[] = [];
  for await (const some of spansOf(...given)) found.push(...some);
  return found;
}

const records = fc.array(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }));
const size = fc.integer({ min: 1, max: 40 });

test("records come out as they were written, and their places hold them, however the bytes are split", async () => {
  await fc.assert(
    fc.asyncProperty(records, size, fc.constantFrom(undefined, 1), async (written, pieces, indent) => {
      const keyed = JSON.stringify(
        Object.fromEntries(written.map((own, index) => [`k${index}`, own])),
        null,
        indent,
      );
      const lines = written.map((own) => `${JSON.stringify(own)}\n`).join("");
      for (const [form, text] of [
        ["keyed", keyed],
        ["lines", lines],
      ] as const) {
        const store = storeOf(text, pieces);
        const found = await spans(store, form, 0);
        const plain = JSON.parse(JSON.stringify(written));
        assert.deepEqual(
          found.map(({ bytes }) => jsonOf(bytes!)),
          plain,
        );
        const read = await Promise.all(found.map(({ start, length }) => store.read(start, length)));
        assert.deepEqual(read.map(jsonOf), plain);
        if (form === "keyed")
          assert.deepEqual(
            found.map(({ key }) => key),
            written.map((_, index) => `k${index}`),
          );
      }
    }),
  );
});

test("of a line that is too long the place is told, and what follows is read", async () => {
  const long = `{"a": "${"x".repeat(100)}"}`;
  for (const pieces of [1, 7, 1000]) {
    const found = await spans(storeOf(`{"a": 1}\n${long}\n{"a": 2}\n${long}`, pieces), "lines", 0, 50);
    assert.deepEqual(
      found.map(({ start, length, bytes, torn }) => [start, length, bytes && jsonOf(bytes), torn]),
      [
        [0, 8, { a: 1 }, false],
        [9, long.length, null, false],
        [10 + long.length, 8, { a: 2 }, false],
        [19 + long.length, long.length, null, true],
      ],
    );
  }
});

test("in a keyed file nothing is read after a value that is too long", async () => {
  const found = await spans(
    storeOf(`{"k": {"a": 1}, "l": "${"x".repeat(200)}", "m": {}}`, 10),
    "keyed",
    0,
    100,
  );
  assert.deepEqual(
    found.map(({ key, bytes, torn }) => [key, bytes && jsonOf(bytes), torn]),
    [
      ["k", { a: 1 }, false],
      [null, null, true],
    ],
  );
});
