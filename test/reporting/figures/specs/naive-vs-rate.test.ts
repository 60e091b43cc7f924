import assert from "node:assert/strict";
import { test } from "node:test";
import { naiveVsRate } from "../../../../src/reporting/figures/specs/naive-vs-rate.js";
import { ALL, checkFigure, HOSTILE, resultOf, valuesOf } from "../../../support/results.js";

test("one panel a reward model, naive and RATE by attribute", async () => {
  const results = ["length", "formality", HOSTILE].flatMap((concept) =>
    ["org/a", HOSTILE].map((model) => resultOf(concept, model, ALL)),
  );
  const spec = naiveVsRate(results, "paper");
  const titles = (spec as unknown as { concat: { title: { text: string[] } }[] }).concat.map(
    ({ title }) => title.text[0]!,
  );
  assert.equal(titles[0], "org/a");
  assert.match(titles[1]!, /^<\/text><script>alert\(1\)<\/script>.*\\u\{202e\}/);
  assert.deepEqual([...new Set(valuesOf(spec).map(({ series }) => series))], ["naive", "RATE"]);
  const texts = await checkFigure(spec);
  assert.ok(texts.includes("formality") && texts.includes("naive") && !texts.includes("single rewrite"));
});

test("a concept of two data sets under one model is told apart by the data set", async () => {
  const one = resultOf("length", "m", ALL);
  const texts = await checkFigure(naiveVsRate([one, { ...one, dataset_name: "other" }], "screen"));
  assert.ok(texts.includes("length (data_length)") && texts.includes("length (other)"));
});
