import assert from "node:assert/strict";
import { test } from "node:test";
import { parityOf } from "../../../src/scoring/stage/parity.js";

test("parity tells the largest difference, its text, and pairs in another order", () => {
  const same = parityOf([1, 2, 3], [1, 2, 3.01], ["a", "b", "c"]);
  assert.deepEqual([same.where, same.reordered, same.pairs, same.alike], ["c", 0, 3, true]);
  assert.ok(Math.abs(same.largest - 0.01) < 1e-12);
  assert.equal(same.spread, 1);
  const other = parityOf([1, 2, 3], [3, 2, 1], ["a", "b", "c"]);
  assert.deepEqual([other.largest, other.reordered, other.alike], [2, 3, false]);
});
