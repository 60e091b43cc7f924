import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Cells,
  chooseRows,
  LEVELS,
  planSweep,
  splitCells,
} from "../../../src/study/experiments/levels.js";

const available = fc.record({
  treatedHigh: fc.integer({ min: 2, max: 900 }),
  treatedLow: fc.integer({ min: 2, max: 900 }),
  untreatedHigh: fc.integer({ min: 2, max: 900 }),
  untreatedLow: fc.integer({ min: 2, max: 900 }),
}) as fc.Arbitrary<Cells<number>>;
const direction = fc.constantFrom("with", "against" as const) as fc.Arbitrary<"with" | "against">;

const total = ({ treatedHigh, treatedLow, untreatedHigh, untreatedLow }: Cells<number>) =>
  treatedHigh + treatedLow + untreatedHigh + untreatedLow;

test("eleven levels from one half to one", () => {
  assert.deepEqual(LEVELS, [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1]);
});

test("all levels have one size, no cell gives more than it has, and both margins stay one half", () => {
  fc.assert(
    fc.property(available, direction, (cells, way) => {
      const levels = planSweep(cells, way);
      const size = total(levels[0]!.counts);
      for (const { counts } of levels) {
        assert.equal(total(counts), size);
        for (const [cell, count] of Object.entries(counts))
          assert.ok(count >= 0 && count <= cells[cell as keyof Cells<number>]);
        assert.equal(counts.treatedHigh + counts.untreatedHigh, size / 2);
        assert.equal(counts.treatedHigh + counts.treatedLow, size / 2);
      }
    }),
  );
});

test("counts are the whole numbers nearest to the wished probability; exact where every cell has 20", () => {
  fc.assert(
    fc.property(available, direction, (cells, way) => {
      const smallest = Math.min(...Object.values(cells as object));
      for (const { probability, share, counts } of planSweep(cells, way)) {
        const together = way === "with" ? counts.treatedHigh : counts.untreatedHigh;
        const half = counts.treatedHigh + counts.untreatedHigh;
        assert.equal(share, together / half);
        assert.ok(Math.abs(together - probability * half) <= 0.5 + 1e-9);
        if (smallest >= 20) assert.ok(Math.abs(share - probability) < 1e-12);
        // The largest size that the smallest cell allows, less at most what exactness costs.
        assert.ok(half <= smallest && half > smallest - 20);
      }
    }),
  );
});

test("the mirror image exchanges the arms", () => {
  const cells = { treatedHigh: 50, treatedLow: 60, untreatedHigh: 70, untreatedLow: 80 };
  planSweep(cells, "with").forEach(({ counts }, index) => {
    const mirrored = planSweep(cells, "against")[index]!.counts;
    assert.deepEqual(
      [mirrored.untreatedHigh, mirrored.untreatedLow, mirrored.treatedHigh, mirrored.treatedLow],
      [counts.treatedHigh, counts.treatedLow, counts.untreatedHigh, counts.untreatedLow],
    );
  });
});

test("rows: as many of each cell as planned, each once, the same for a seed, nested from level to level", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 80, maxLength: 300 }),
      fc.nat(),
      (rows, seed) => {
        const cells = splitCells(
          rows.map(([treated]) => Number(treated)),
          Float64Array.from(rows, ([, high]) => Number(high)),
          0.5,
        );
        const sizes = Object.fromEntries(Object.entries(cells).map(([cell, own]) => [cell, own.length]));
        fc.pre(Object.values(sizes).every((size) => size >= 2));
        let before: readonly number[] | null = null;
        for (const level of planSweep(sizes as unknown as Cells<number>, "with")) {
          const chosen = chooseRows(cells, level, seed);
          assert.deepEqual(chooseRows(cells, level, seed), chosen);
          assert.equal(new Set(chosen).size, chosen.length);
          for (const [cell, count] of Object.entries(level.counts))
            assert.equal(
              chosen.filter((row) => cells[cell as keyof typeof cells].includes(row)).length,
              count,
            );
          if (before) {
            const kept = chosen.filter((row) => before!.includes(row)).length;
            assert.ok(kept >= chosen.length * (1 - 0.05) - 2, "neighbours differ in a twentieth at most");
          }
          before = chosen;
        }
      },
    ),
    { numRuns: 30 },
  );
});

test("an empty cell is an error that shows all counts", () => {
  assert.throws(
    () => planSweep({ treatedHigh: 5, treatedLow: 0, untreatedHigh: 9, untreatedLow: 3 }, "with"),
    /at least 2 examples \(treatedHigh 5, treatedLow 0, untreatedHigh 9, untreatedLow 3\)/,
  );
});
