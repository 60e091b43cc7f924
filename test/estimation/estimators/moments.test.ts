import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RewardTable } from "../../../src/domain/example.js";
import {
  linearEffect,
  linearError,
  linearScale,
  ratio,
} from "../../../src/estimation/estimators/influence.js";
import {
  errorOf,
  estimateOf,
  momentsOf,
  scaleOf,
  sizeOf,
} from "../../../src/estimation/estimators/moments.js";
import { STATISTICS } from "../../../src/estimation/estimators/sums.js";

/** Of rewards below 10⁻¹⁵⁴ the squares are lost, and with them whether there is a spread. */
const reward = fc
  .double({ min: -100, max: 100, noNaN: true })
  .map((value) => (Math.abs(value) < 1e-100 ? 0 : value));
const row = fc.record({
  treated: fc.nat(1),
  original: fc.option(reward, { nil: Number.NaN, freq: 4 }),
  rewrite: reward,
  rewriteOfRewrite: reward,
  cluster: fc.nat(4),
});

function tableOf(
  rows: readonly (typeof row extends fc.Arbitrary<infer Row> ? Row : never)[],
  clustered: boolean,
): RewardTable {
  const numbers = new Map<number, number>();
  for (const { cluster } of rows) if (!numbers.has(cluster)) numbers.set(cluster, numbers.size);
  return {
    treated: Uint8Array.from(rows, ({ treated }) => treated),
    original: Float64Array.from(rows, ({ original }) => original),
    rewrite: Float64Array.from(rows, ({ rewrite }) => rewrite),
    rewriteOfRewrite: Float64Array.from(rows, ({ rewriteOfRewrite }) => rewriteOfRewrite),
    clusters: clustered ? Int32Array.from(rows, ({ cluster }) => numbers.get(cluster)!) : null,
  };
}

function near(found: number, expected: number, what: string): void {
  assert.ok(
    Math.abs(found - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
    `${what}: ${found}, ${expected}`,
  );
}

test("moments give what influence, row by row, gives: values, errors and effect sizes, with clusters and without", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), fc.boolean(), (rows, clustered) => {
      const table = tableOf(rows, clustered);
      const moments = momentsOf(table);
      const [scale, linear] = [scaleOf(moments), linearScale(table)];
      assert.equal(scale === null, linear === null);
      if (scale && linear) near(scale.value, linear.value, "scale");
      for (const [estimator, estimand] of STATISTICS) {
        const what = `${estimator} ${estimand}`;
        const [found, expected] = [
          estimateOf(moments, estimator, estimand),
          linearEffect(table, estimator, estimand),
        ];
        assert.equal(found === null, expected === null, what);
        if (!found || !expected) continue;
        near(found.value, expected.value, what);
        assert.equal(found.n, expected.n, what);
        const pairs = [[errorOf(moments, found), linearError(expected, table.clusters)]];
        if (scale && linear && linear.value > 1e-3)
          pairs.push([
            errorOf(moments, sizeOf(found, scale)),
            linearError(ratio(expected, linear), table.clusters),
          ]);
        for (const [own, other] of pairs) {
          assert.equal(own?.degrees, other?.degrees, what);
          if (own && other) near(own.standardError, other.standardError, `error of ${what}`);
        }
      }
    }),
    { numRuns: 500 },
  );
});
