import assert from "node:assert/strict";
import { test } from "node:test";
import { syntheticPlot } from "../../../../src/reporting/figures/specs/synthetic.js";
import { checkFigure, HOSTILE } from "../../../support/results.js";

const levels = Array.from({ length: 11 }, (_, index) => 0.5 + 0.05 * index);
const series = (estimator: "naive" | "rate", slope: number) => ({
  estimator,
  points: levels.map((at) => ({ at, value: slope * at, low: slope * at - 0.1, high: slope * at + 0.1 })),
  slope: { value: slope, standardError: 0.0214 },
});

test("lines with bands; every slope with its standard error", async () => {
  const panel = (title: string, naive: number) => ({
    title,
    axis: "P(long | positive)",
    series: [series("naive", naive), series("rate", 0.01)],
  });
  const spec = syntheticPlot(
    { title: HOSTILE, effect: "effect size", truth: 0.3, panels: [panel("with", 1), panel("against", -1)] },
    "paper",
  );
  const texts = await checkFigure(spec);
  for (const text of [
    "naive: slope +1.000 (se 0.021)",
    "naive: slope −1.000 (se 0.021)",
    "RATE: slope +0.010 (se 0.021)",
    "P(long | positive)",
    "against",
  ])
    assert.ok(texts.includes(text), text);
});
