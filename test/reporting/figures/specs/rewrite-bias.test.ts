import assert from "node:assert/strict";
import { test } from "node:test";
import { rewriteBias } from "../../../../src/reporting/figures/specs/rewrite-bias.js";
import { checkFigure, HOSTILE, resultOf, valuesOf } from "../../../support/results.js";

const sizes = {
  "naive ate": 1,
  "single_rewrite ate": 0.1,
  "single_rewrite att": 0.3,
  "single_rewrite atu": -0.1,
  "rate ate": 0.2,
  "rate att": 0.25,
  "rate atu": 0.15,
};

test("ATE, ATT and ATU by one rewrite and by two, one panel an attribute and reward model", async () => {
  const spec = rewriteBias([resultOf("length", "org/a", sizes), resultOf(HOSTILE, HOSTILE, sizes)], "paper");
  assert.deepEqual(
    valuesOf(spec)
      .slice(0, 6)
      .map(({ label, series, value }) => [label, series, value]),
    [
      ["ATE", "single rewrite", 0.1],
      ["ATE", "RATE", 0.2],
      ["ATT", "single rewrite", 0.3],
      ["ATT", "RATE", 0.25],
      ["ATU", "single rewrite", -0.1],
      ["ATU", "RATE", 0.15],
    ],
  );
  const texts = await checkFigure(spec);
  assert.ok(texts.includes("length · org/a"));
});

test("what is missing is left out: a study of one arm", async () => {
  const spec = rewriteBias([resultOf("harm", "m", { "rate ate": 0.2, "rate att": 0.2 })], "paper");
  assert.equal(valuesOf(spec).length, 2);
  await checkFigure(spec);
});

test("twenty-four panels stay apart", async () => {
  const results = Array.from({ length: 24 }, (_, index) => resultOf(`c${index}`, "org/model", sizes));
  const spec = rewriteBias(results, "paper") as unknown as { columns: number };
  assert.equal(spec.columns, 3);
  await checkFigure(spec as never);
});
