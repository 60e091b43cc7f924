import assert from "node:assert/strict";
import { test } from "node:test";
import { ExampleColumns } from "../../../src/viewer/server/columns.js";
import { EVERYTHING, type Filter } from "../../../src/viewer/server/filter.js";
import { addressOf, examplesOf, placeFrom } from "../../../src/viewer/server/place.js";
import { countRows, meanDifference, selectRows } from "../../../src/viewer/server/query.js";
import { refusedLine, scoredLine } from "../../support/scored-file.js";

function columnsOf(lines: readonly string[]): ExampleColumns {
  const columns = new ExampleColumns();
  for (const line of lines) {
    const record = JSON.parse(line);
    columns.fill(columns.add(record.id, 0, line.length), record);
  }
  return columns;
}

const COLUMNS = columnsOf([...Array.from({ length: 21 }, (_, index) => scoredLine(index)), refusedLine("r")]);

function idsFor(filter: Partial<Filter>, found: Uint8Array | null = null): string[] {
  return [...selectRows(COLUMNS, { ...EVERYTHING, ...filter }, found)].map((row) => COLUMNS.ids[row]!);
}

test("filters keep what fits them, in the order of the file", () => {
  assert.equal(idsFor({}).length, 22);
  assert.deepEqual(idsFor({ arm: "1", least: 1.5 }), ["e15", "e17", "e19"]);
  assert.deepEqual(idsFor({ flip: "failed" }), ["e0", "e10", "e20"]);
  assert.deepEqual(idsFor({ flip: "failed_back" }), []);
  assert.equal(idsFor({ flip: "succeeded" }).length, 18);
  assert.deepEqual(idsFor({ outcome: "failed" }), ["r"]);
  assert.deepEqual(idsFor({ outcome: "failed:refused" }), ["r"]);
  assert.deepEqual(idsFor({ outcome: "failed:unknown" }), []);
  assert.equal(idsFor({ outcome: "complete" }).length, 21);
  assert.deepEqual(idsFor({ sign: "none" }), ["e0"]);
  assert.equal(idsFor({ sign: "up" }).length, 10);
  assert.equal(idsFor({ sign: "down" }).length, 10);
  assert.deepEqual(idsFor({ shortest: 17, longest: 17 }), ["r"]);
  const found = new Uint8Array(22);
  found[3] = 1;
  assert.deepEqual(idsFor({}, found), ["e3"]);
});

test("orders put the wanted ones first and those without a value last", () => {
  assert.deepEqual(idsFor({ sort: "effect" }).slice(0, 3), ["e20", "e18", "e16"]);
  assert.deepEqual(idsFor({ sort: "opposite" }).slice(0, 3), ["e19", "e17", "e15"]);
  assert.deepEqual(idsFor({ sort: "size" }).slice(0, 3), ["e20", "e19", "e18"]);
  for (const sort of ["effect", "opposite", "size", "rewriter"] as const)
    assert.equal(idsFor({ sort }).at(-1), "r");
  assert.equal(idsFor({ sort: "newest" })[0], "r");
  assert.equal(idsFor({ sort: "shortest" })[0], "r");
  assert.deepEqual(idsFor({ sort: "longest" })[0], "e13");
});

test("counts and means are of what is there", () => {
  const counts = countRows(COLUMNS, "org/model");
  assert.deepEqual(counts.arms, { "1": 11, "0": 11 });
  assert.deepEqual(counts.flips, { failed: 3, failed_rewrite: 3, failed_back: 0, succeeded: 18 });
  assert.deepEqual(counts.failed, [{ reason: "refused", count: 1 }]);
  assert.equal(counts.unscored, 0);
  assert.equal(countRows(COLUMNS, "no such model").unscored, 21);
  const { mean, n } = meanDifference(COLUMNS, "org/model", selectRows(COLUMNS, EVERYTHING, null));
  assert.equal(n, 21);
  // 0 − 0.1 + 0.2 − … + 2.0 = 1, over 21.
  assert.ok(Math.abs(mean! - 1 / 21) < 1e-12);
});

test("what has the wrong type counts as not there", () => {
  const odd = {
    id: "x",
    w_original: "yes",
    w_rewrite: 3,
    completions: 7,
    rewrite_failure: { reason: 5 },
    m: { original: "1" },
  };
  const columns = columnsOf([JSON.stringify(odd)]);
  assert.ok(Number.isNaN(columns.difference(0, "m")));
  assert.equal(columns.rewards.size, 0);
  assert.equal(columns.lengths.original[0], -1);
});

test("so many reward keys are looked at and no more", () => {
  const columns = new ExampleColumns();
  for (let row = 0; row < 100; row += 1)
    columns.fill(columns.add(String(row), 0, 0), {
      [`m${row}`]: { original: 1, rewrite: 2, "rewritten rewrite": 3 },
    });
  assert.equal(columns.rewards.size, 64);
  assert.ok(columns.tooManyModels);
});

test("an address holds the whole place, whatever is in the names", () => {
  const places = [
    { view: "overview" },
    { view: "result", file: "effects/a&b=c #?.json", index: 3 },
    {
      ...examplesOf("data/<script>.jsonl", {
        search: "a & b %",
        arm: "1",
        least: 0.5,
        model: "org/α",
        sort: "size",
      }),
      page: 7,
      example: "../etc/passwd\u202e",
    },
  ] as const;
  for (const place of places) {
    const { pathname, search } = new URL(addressOf(place), "http://view");
    assert.deepEqual(placeFrom(pathname, search), place);
  }
  assert.deepEqual(placeFrom("/examples", "?file=f&sort=constructor&arm=2&least=x&page=-3"), examplesOf("f"));
});
