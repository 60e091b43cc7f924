import assert from "node:assert/strict";
import { test } from "node:test";
import { scoreDensities } from "../../../../src/estimation/estimators/score-densities.js";
import { kernelDensity } from "../../../../src/estimation/numeric/density.js";
import { gaussian, randomStream } from "../../../../src/estimation/numeric/random.js";
import { scoreDensityPlot } from "../../../../src/reporting/figures/specs/densities.js";
import { checkFigure, HOSTILE, valuesOf } from "../../../support/results.js";

const random = randomStream(1, 0);
const draw = (count: number, shift: number) =>
  Float64Array.from({ length: count }, () => shift + gaussian(random));
const table = {
  treated: new Uint8Array(400).fill(1, 0, 200),
  original: draw(400, 0),
  rewrite: draw(400, 1),
  rewriteOfRewrite: draw(400, 3),
  clusters: null,
};

test("the density is that of its definition, and holds the whole probability", () => {
  const { places, heights, bandwidth } = kernelDensity(table.original);
  const step = places[1]! - places[0]!;
  assert.ok(Math.abs(heights.reduce((total, height) => total + height * step, 0) - 1) < 2e-3);
  for (const at of [40, 128, 200]) {
    const direct = table.original.reduce(
      (total, value) => total + Math.exp(-0.5 * ((places[at]! - value) / bandwidth) ** 2),
      0,
    );
    const expected = direct / (400 * bandwidth * Math.sqrt(2 * Math.PI));
    // Sharing values between places errs by about (step/bandwidth)²/8 of the density.
    assert.ok(Math.abs(heights[at]! - expected) < 0.01 * expected + 1e-4, `${heights[at]} ${expected}`);
  }
});

test("equal rewards have a density too", () => {
  const { heights } = kernelDensity(new Float64Array(5).fill(2));
  assert.ok(heights.every(Number.isFinite));
});

test("originals and rewrites of rewrites, with means and their intervals", async () => {
  const densities = scoreDensities(table);
  assert.deepEqual(
    densities.map(({ text }) => text),
    ["original", "rewritten rewrite"],
  );
  const spec = scoreDensityPlot([{ concept: HOSTILE, rewardKey: "org/a", densities }], "paper");
  const means = valuesOf(spec).filter((row) => "mean" in row && "low" in row);
  assert.ok(means.every(({ low, mean, high }) => Number(low) < Number(mean) && Number(mean) < Number(high)));
  const texts = await checkFigure(spec);
  assert.ok(texts.includes("original") && texts.includes("rewritten rewrite") && texts.includes("reward"));
});

test("without rewards of the originals the rewrites stand in", () => {
  const densities = scoreDensities({ ...table, original: new Float64Array(400).fill(Number.NaN) });
  assert.deepEqual(
    densities.map(({ text, n }) => [text, n]),
    [
      ["rewrite", 400],
      ["rewritten rewrite", 400],
    ],
  );
});
