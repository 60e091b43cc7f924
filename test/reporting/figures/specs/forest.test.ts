import assert from "node:assert/strict";
import { test } from "node:test";
import { studyForest } from "../../../../src/reporting/figures/specs/forest.js";
import { ALL, checkFigure, HOSTILE, judged, resultOf, valuesOf } from "../../../support/results.js";

const study = ["length", "formality"].flatMap((concept) =>
  ["org/a", "org/b"].map((model) => resultOf(concept, model, ALL)),
);

test("one panel an attribute, one line a reward model, every estimator with its interval", async () => {
  const spec = studyForest(study, "paper");
  assert.equal((spec as unknown as { concat: unknown[] }).concat.length, 2);
  const rows = valuesOf(spec);
  assert.equal(rows.length, 12);
  assert.deepEqual(rows[2], {
    label: "org/a",
    series: "RATE",
    value: 0.2,
    low: 0.1,
    high: 0.30000000000000004,
  });
  const texts = await checkFigure(spec);
  for (const text of ["length", "formality", "org/a", "org/b", "naive", "single rewrite", "RATE"])
    assert.ok(texts.includes(text), text);
  assert.ok(texts.some((text) => text.includes("95\u00a0%\u00a0CI")));
});

test("one reward model: attributes are the lines of one panel", () => {
  const one = studyForest(
    study.filter(({ reward_key }) => reward_key === "org/a"),
    "paper",
  );
  assert.equal((one as unknown as { concat: unknown[] }).concat.length, 1);
});

test("the interval for the whole study stands behind RATE's own", async () => {
  const spec = studyForest(study, "screen", () => ({ low: -0.3, high: 0.7 }));
  const wide = valuesOf(spec).filter((row) => "wide_low" in row);
  assert.ok(
    wide.length === 4 && wide.every(({ series, wide_high }) => series === "RATE" && wide_high === 0.7),
  );
  assert.ok((await checkFigure(spec)).some((text) => text.includes("all rows at once")));
});

test("an estimate without an interval is not drawn", () => {
  const [first, ...rest] = study[0]!.estimates;
  const without = { ...study[0]!, estimates: [{ ...first!, effect_size_ci_low: null }, ...rest] };
  assert.deepEqual(
    valuesOf(studyForest([without], "paper")).map(({ series }) => series),
    ["single rewrite", "RATE"],
  );
});

test("hostile and very long names are text, broken into lines", async () => {
  const long = `organisation/${"very-".repeat(40)}long`;
  const texts = await checkFigure(
    studyForest(
      [resultOf(HOSTILE, HOSTILE, ALL), resultOf("length", long, ALL), resultOf("l", "漢字", ALL)],
      "paper",
    ),
  );
  assert.ok(texts.some((text) => text.includes("&lt;/text&gt;&lt;script&gt;")));
  assert.ok(texts.every((text) => text.length < 120));
  assert.ok(texts.join("").replaceAll(" ", "").includes("\\u{202e}\\u{1b}"));
});

test("a line carries the mark of its verdict, which the axis explains; an unusable effect is not drawn", async () => {
  const [paying, unusable] = [judged(study[0]!, "pays"), judged(study[1]!, "unusable")];
  const spec = studyForest([paying, unusable], "paper");
  assert.deepEqual(
    valuesOf(spec).map(({ label, series }) => `${label}: ${series}`),
    [
      ...["org/a ▲: naive", "org/a ▲: single rewrite", "org/a ▲: RATE"],
      ...["org/b ⊘: naive", "org/b ⊘: single rewrite"],
    ],
  );
  const texts = await checkFigure(spec);
  assert.ok(
    texts.some((text) => text.includes("⊘ unusable; ▲ pays")),
    texts.join("\n"),
  );
});
