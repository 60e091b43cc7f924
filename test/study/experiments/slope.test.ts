import assert from "node:assert/strict";
import { test } from "node:test";
import type { RewardTable } from "../../../src/domain/example.js";
import { estimateEffects } from "../../../src/estimation/estimators/estimate-effects.js";
import { gaussian, randomStream } from "../../../src/estimation/numeric/random.js";
import { publishedSlope, slopeOf } from "../../../src/study/experiments/slope.js";

function draw(count: number, stream: number, quirk: number): RewardTable {
  const random = randomStream(7, stream);
  const column = () => new Float64Array(count);
  const table = {
    treated: new Uint8Array(count),
    original: column(),
    rewrite: column(),
    rewriteOfRewrite: column(),
    clusters: null,
  };
  for (let row = 0; row < count; row += 1) {
    const w = row % 2;
    const content = gaussian(random);
    table.treated[row] = w;
    table.original[row] = content + (0.3 + quirk) * w;
    table.rewrite[row] = content + 0.3 * (1 - w) + 0.1 * gaussian(random);
    table.rewriteOfRewrite[row] = content + 0.3 * w + 0.1 * gaussian(random);
  }
  return table;
}

const examplesFrom = (start: number, count: number) => Array.from({ length: count }, (_, row) => start + row);

test("least squares by hand, in units of the scale", () => {
  const levels = [0, 0.5, 1].map((at, stream) => ({
    at,
    table: draw(100, stream, at),
    examples: examplesFrom(100 * stream, 100),
  }));
  const ates = levels.map(
    ({ table }) =>
      estimateEffects(table).rows.find(
        ({ estimator, estimand }) => estimator === "naive" && estimand === "ate",
      )!.value!,
  );
  const slope = slopeOf(levels, "naive", 2)!;
  // Over 0, 0.5 and 1 the slope is the difference of the outer estimates.
  assert.ok(Math.abs(slope.value - (ates[2]! - ates[0]!) / 2) < 1e-12);
  assert.ok(slope.low < slope.value && slope.value < slope.high);
});

test("levels without common examples: variances add up", () => {
  const levels = [0, 1].map((at, stream) => ({
    at,
    table: draw(400, stream, 0),
    examples: examplesFrom(400 * stream, 400),
  }));
  const errors = levels.map(
    ({ table }) =>
      estimateEffects(table).rows.find(
        ({ estimator, estimand }) => estimator === "rate" && estimand === "ate",
      )!,
  );
  const expected = Math.hypot(...errors.map((row) => (row.value === null ? 0 : row.standardError!)));
  // The one sum has n/(n − 1) over all examples, the two have it each.
  assert.ok(Math.abs(slopeOf(levels, "rate", 1)!.standardError / expected - 1) < 2e-3);
});

test("the same examples with the same rewards have no slope, and no doubt about it", () => {
  const table = draw(50, 0, 0);
  const levels = [0, 0.3].map((at) => ({ at, table, examples: examplesFrom(0, 50) }));
  const slope = slopeOf(levels, "rate", 1)!;
  assert.ok(Math.abs(slope.value) < 1e-12 && slope.standardError < 1e-12);
});

test("the standard error is the spread of the slope over repetitions", () => {
  const slopes: number[] = [];
  let errors = 0;
  for (let repetition = 0; repetition < 300; repetition += 1) {
    const table = draw(120, 100 + repetition, 0.5);
    const half = { ...table, original: table.original.map((reward, row) => reward + (row % 2) * 0.2) };
    const levels = [
      { at: 0, table, examples: examplesFrom(0, 120) },
      { at: 1, table: half, examples: examplesFrom(0, 120) },
      { at: 2, table: draw(120, 9000 + repetition, 0.5), examples: examplesFrom(120, 120) },
    ];
    const slope = slopeOf(levels, "naive", 1)!;
    slopes.push(slope.value);
    errors += slope.standardError / 300;
  }
  const middle = slopes.reduce((total, value) => total + value, 0) / 300;
  const spread = Math.sqrt(slopes.reduce((total, value) => total + (value - middle) ** 2, 0) / 299);
  // 300 repetitions give a standard deviation to about 4 percent.
  assert.ok(Math.abs(errors / spread - 1) < 0.15, `${errors} ${spread}`);
});

test("an estimator without values has no slope", () => {
  const table = { ...draw(20, 0, 0), original: new Float64Array(20).fill(Number.NaN) };
  const levels = [0, 1].map((at) => ({ at, table, examples: examplesFrom(0, 20) }));
  assert.equal(slopeOf(levels, "naive", 1), null);
});

test("the published slope is that of effect sizes over equal steps from 0 to 1", () => {
  assert.ok(Math.abs(publishedSlope([0.1, 0.2, 0.3])! - 0.2) < 1e-12);
  assert.ok(Math.abs(publishedSlope([0, 0, 0, 1])! - 0.9) < 1e-12);
  assert.equal(publishedSlope([0.1, null]), null);
  assert.equal(publishedSlope([0.1]), null);
});
