import assert from "node:assert/strict";
import { test } from "node:test";
import { effectHeatmap } from "../../../../src/reporting/figures/specs/heatmap.js";
import { checkFigure, HOSTILE, judged, resultOf, valuesOf } from "../../../support/results.js";

test("a cell holds the effect and its interval", async () => {
  const spec = effectHeatmap(
    [
      resultOf("length", "org/a", { "rate ate": 0.234 }),
      resultOf("length", HOSTILE, { "rate ate": -1.5 }),
      resultOf(HOSTILE, "org/a", { "rate ate": 0 }),
      resultOf("nothing", "org/a", { "naive ate": 3 }),
      judged(resultOf("bad", "org/a", { "rate ate": 9 }), "unusable"),
      judged(resultOf("small", "org/a", { "rate ate": 0.01 }), "negligible"),
    ],
    "paper",
  );
  assert.deepEqual(
    valuesOf(spec).map(({ number, interval }) => `${number} (${interval})`),
    ["+0.23 (0.13 to 0.33)", "−1.50 (−1.60 to −1.40)", "0.00 (−0.10 to 0.10)", "+0.01 ≈ (−0.09 to 0.11)"],
  );
  const texts = await checkFigure(spec);
  assert.ok(texts.includes("+0.23") && texts.includes("−1.60 to −1.40") && !texts.includes("nothing"));
});
