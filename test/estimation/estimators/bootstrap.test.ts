import assert from "node:assert/strict";
import { test } from "node:test";
import type { RewardTable } from "../../../src/domain/example.js";
import {
  bootstrapReplicates,
  REPLICATE_WIDTH,
  summarizeReplicates,
} from "../../../src/estimation/estimators/bootstrap.js";
import { estimateEffects } from "../../../src/estimation/estimators/estimate-effects.js";
import { contributions, STATISTICS, statistics, totals } from "../../../src/estimation/estimators/sums.js";
import { gaussian, randomStream } from "../../../src/estimation/numeric/random.js";
import { drawReplicates } from "../../../src/estimation/stage/bootstrap.js";

function tableOf(n: number, options: { clusters?: number; withoutOriginal?: boolean } = {}): RewardTable {
  const random = randomStream(3, n);
  const normal = (shift: number) => Float64Array.from({ length: n }, () => 1e4 + shift + gaussian(random));
  return {
    treated: Uint8Array.from({ length: n }, () => (random() % 3 === 0 ? 1 : 0)),
    original: options.withoutOriginal
      ? new Float64Array(n).fill(Number.NaN)
      : normal(0.2).map((value) => (random() % 10 === 0 ? Number.NaN : value)),
    rewrite: normal(0),
    rewriteOfRewrite: normal(0.5),
    clusters: options.clusters ? Int32Array.from({ length: n }, (_, row) => row % options.clusters!) : null,
  };
}

test("the sums give the estimates of the formulas, with and without originals", () => {
  for (const table of [tableOf(300), tableOf(300, { withoutOriginal: true })]) {
    const out = new Float64Array(REPLICATE_WIDTH);
    statistics(totals(table, contributions(table)), out, 0);
    const summary = estimateEffects(table);
    for (const [index, [estimator, estimand]] of STATISTICS.entries()) {
      const row = summary.rows.find((entry) => entry.estimator === estimator && entry.estimand === estimand)!;
      if (row.value === null) {
        assert.ok(Number.isNaN(out[index]), `${estimator} ${estimand}`);
        continue;
      }
      assert.ok(Math.abs(out[index]! - row.value) < 1e-9, `${estimator} ${estimand}`);
      assert.ok(
        Math.abs(out[STATISTICS.length + index]! - row.effectSize!.value) < 1e-9,
        `${estimator} ${estimand} in sd`,
      );
    }
  }
});

test("the same seed gives the same digits, however the work is divided; another seed gives others", async () => {
  const table = tableOf(2000);
  const whole = await drawReplicates(table, 3000, 5);
  assert.deepEqual(bootstrapReplicates(table, 5, 0, 3000), whole);
  assert.deepEqual(
    bootstrapReplicates(table, 5, 1000, 1010),
    whole.slice(1000 * REPLICATE_WIDTH, 1010 * REPLICATE_WIDTH),
  );
  assert.notDeepEqual(bootstrapReplicates(table, 6, 0, 1), whole.slice(0, REPLICATE_WIDTH));
});

for (const [what, options] of [
  ["examples", {}],
  ["whole clusters", { clusters: 40 }],
] as const) {
  test(`resampling ${what} gives the errors of the formulas`, () => {
    const table = tableOf(3200, options);
    const summary = estimateEffects(table);
    const summaries = summarizeReplicates(table, bootstrapReplicates(table, 1, 0, 4000), {
      method: "bca",
      level: 0.95,
    });
    STATISTICS.forEach(([estimator, estimand], index) => {
      const row = summary.rows.find((entry) => entry.estimator === estimator && entry.estimand === estimand)!;
      const [effect, size] = [summaries[index]!, summaries[STATISTICS.length + index]!];
      assert.ok(row.value !== null && effect.low < row.value && row.value < effect.high);
      // 4,000 replicates know a standard error to about 1.1 %; with 40 clusters the formula itself is off by a little more.
      assert.ok(Math.abs(effect.standardError / row.standardError! - 1) < 0.06, `${estimator} ${estimand}`);
      assert.ok(
        Math.abs(size.standardError / row.effectSize!.standardError! - 1) < 0.06,
        `${estimator} ${estimand} in sd`,
      );
    });
  });
}

test("BCa moves the percentile interval the way a skewed estimate asks for", () => {
  const n = 40;
  const random = randomStream(9, 9);
  const table: RewardTable = {
    treated: new Uint8Array(n).fill(1),
    original: new Float64Array(n).fill(0),
    rewrite: new Float64Array(n),
    rewriteOfRewrite: Float64Array.from({ length: n }, () => Math.exp(1.2 * gaussian(random))),
    clusters: null,
  };
  const replicates = bootstrapReplicates(table, 1, 0, 5000);
  const summary = (method: "percentile" | "bca") =>
    summarizeReplicates(table, replicates, { method, level: 0.95 })[4]!;
  const [percentile, bca] = [summary("percentile"), summary("bca")];
  assert.ok(bca.low > percentile.low && bca.high > percentile.high);
});

test("an arm that is hardly ever drawn is told, not guessed", () => {
  const table = {
    ...tableOf(3),
    treated: Uint8Array.of(1, 0, 0),
    original: new Float64Array(3).fill(Number.NaN),
  };
  const summaries = summarizeReplicates(table, bootstrapReplicates(table, 1, 0, 1000), {
    method: "percentile",
    level: 0.95,
  });
  const att = summaries[5]!;
  assert.ok(att.undefined > 200 && att.undefined < 400, String(att.undefined));
  assert.equal(summaries[0], null);
});
