import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { batchesOf, roundUp } from "../../../src/scoring/in-process/batches.js";

test("every text is in one batch, filled up by its own length alone, within the budget", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 60 });
  fc.assert(
    fc.property(
      lengths,
      fc.integer({ min: 16, max: 500 }),
      fc.integer({ min: 0, max: 320 }),
      (all, budget, alone) => {
        const batches = batchesOf(all, { budget, fill: roundUp, alone });
        assert.deepEqual(
          batches.flatMap(({ places }) => places).sort((a, b) => a - b),
          all.map((_, place) => place),
        );
        for (const { length, places } of batches) {
          assert.ok(places.length === 1 || places.length * length <= budget);
          for (const place of places) {
            const own = all[place]!;
            assert.equal(length, own >= alone ? own : roundUp(own));
            assert.ok(own < alone || places.length === 1);
          }
        }
      },
    ),
  );
});

test("lengths are rounded up to few, by little", () => {
  assert.deepEqual(
    [1, 16, 17, 32, 33, 61, 64, 65, 128, 129].map(roundUp),
    [2, 16, 18, 32, 36, 64, 64, 72, 128, 136],
  );
  for (let tokens = 16; tokens < 600; tokens += 1) assert.ok((roundUp(tokens) - tokens) / tokens < 1 / 8);
});
