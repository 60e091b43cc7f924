import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IdNumbers } from "../../../src/storage/examples/ids.js";

test("ids are numbered in the order of their adding, as a map numbers them", () => {
  const ids = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "a", "b", "é", "\0")));
  fc.assert(
    fc.property(ids, (given) => {
      const numbers = new IdNumbers();
      const known = new Map<string, number>();
      for (const id of given) {
        assert.equal(numbers.get(id), known.get(id));
        if (!known.has(id)) known.set(id, known.size);
        assert.equal(numbers.add(id), known.get(id));
      }
      assert.equal(numbers.size, known.size);
    }),
  );
});

test("many ids, long ones too, keep their numbers", () => {
  const numbers = new IdNumbers();
  const ids = Array.from({ length: 50_000 }, (_, index) => `${"long ".repeat(index % 60)}${index}`);
  for (const [index, id] of ids.entries()) assert.equal(numbers.add(id), index);
  for (const [index, id] of ids.entries()) assert.equal(numbers.get(id), index);
  assert.equal(numbers.get("50000"), undefined);
});
