import assert from "node:assert/strict";
import { test } from "node:test";
import { readLabel } from "../../src/domain/labels.js";

test("labels in every spelling of pandas, R, Excel and people", () => {
  for (const yes of [true, 1, "True", "TRUE", "true", " yes ", "Y", "1", "1.0", "t"])
    assert.equal(readLabel(yes), true, JSON.stringify(yes));
  for (const no of [false, 0, "False", "FALSE", "no", "N", "0", "0.0", "f"])
    assert.equal(readLabel(no), false, JSON.stringify(no));
  for (const nothing of [null, undefined, Number.NaN, "", "  ", "NaN", "nan", "NA", "None", "<NA>", "null"])
    assert.equal(readLabel(nothing), "missing", JSON.stringify(nothing));
  for (const other of ["long", "2", 2, -1, 0.5, [], { yes: true }, "yes!"])
    assert.equal(readLabel(other), "unknown", JSON.stringify(other));
});
