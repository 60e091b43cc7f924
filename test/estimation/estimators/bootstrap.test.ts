import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RewardTable } from "../../../src/domain/example.js";
import { bootstrapReplicates, REPLICATE_WIDTH } from "../../../src/estimation/estimators/bootstrap.js";
import {
  type BootstrapInterval,
  type BootstrapOptions,
  summarizeReplicates,
} from "../../../src/estimation/estimators/bootstrap-intervals.js";
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

/** The intervals, all of which there must be. */
function intervalsOf(
  table: RewardTable,
  replicates: Float64Array,
  options: BootstrapOptions,
): BootstrapInterval[] {
  return summarizeReplicates(table, replicates, options).map((found) => {
    assert.ok(!("refused" in found), JSON.stringify(found));
    return found;
  });
}

test("the sums give the estimates of the formulas, with and without originals", () => {
  for (const table of [tableOf(300), tableOf(300, { withoutOriginal: true })]) {
    const out = new Float64Array(REPLICATE_WIDTH);
    const contributed = contributions(table);
    statistics(totals(table, contributed.packed), contributed, out, 0);
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
    const summaries = intervalsOf(table, bootstrapReplicates(table, 1, 0, 4000), {
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
  const summary = (method: "percentile" | "bca") => {
    const found = summarizeReplicates(table, replicates, { method, level: 0.95 })[4]!;
    assert.ok(!("refused" in found));
    return found;
  };
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
  assert.ok(!("refused" in att));
  assert.ok(att.undefined > 200 && att.undefined < 400, String(att.undefined));
  assert.deepEqual(summaries[0], { refused: "too few bootstrap replicates have this estimate" });
});

test("p is below α exactly where the interval with level 1 − α leaves out 0", () => {
  let decided = 0;
  fc.assert(
    fc.property(
      fc.record({
        n: fc.integer({ min: 24, max: 60 }),
        // Of numbers near the smallest there are, quantiles are rounded.
        shift: fc
          .double({ min: -1, max: 1, noNaN: true })
          .map((shift) => (Math.abs(shift) < 1e-9 ? 0 : shift)),
        skew: fc.double({ min: 0.1, max: 1.5, noNaN: true }),
        clusters: fc.option(fc.integer({ min: 10, max: 20 }), { nil: undefined }),
        method: fc.constantFrom("percentile" as const, "bca" as const),
        level: fc.constantFrom(0.8, 0.9, 0.95),
        seed: fc.nat(1000),
      }),
      ({ n, shift, skew, clusters, method, level, seed }) => {
        const random = randomStream(seed, n);
        const table: RewardTable = {
          treated: Uint8Array.from({ length: n }, (_, row) => (row % 2 === 0 ? 1 : 0)),
          original: Float64Array.from({ length: n }, () => gaussian(random)),
          rewrite: Float64Array.from({ length: n }, () => Math.exp(skew * gaussian(random)) * shift),
          rewriteOfRewrite: Float64Array.from({ length: n }, () => shift * gaussian(random)),
          clusters: clusters ? Int32Array.from({ length: n }, (_, row) => (row >> 1) % clusters) : null,
        };
        const replicates = bootstrapReplicates(table, seed, 0, 400);
        for (const found of summarizeReplicates(table, replicates, { method, level })) {
          if ("refused" in found) continue;
          decided += 1;
          assert.ok(found.low <= found.high);
          const leavesOut = found.low > 0 || found.high < 0;
          if (Math.abs(found.pValue - (1 - level)) > 1e-9)
            assert.equal(found.pValue < 1 - level, leavesOut, JSON.stringify(found));
        }
      },
    ),
    { numRuns: 150 },
  );
  assert.ok(decided > 500, `${decided} intervals were looked at`);
});

test("BCa says why it gives no interval for few examples of an arm, or few clusters; too few replicates are told", () => {
  const table = { ...tableOf(60), treated: Uint8Array.from({ length: 60 }, (_, row) => (row < 5 ? 1 : 0)) };
  const results = (of: RewardTable, method: "percentile" | "bca", count = 2000) =>
    summarizeReplicates(of, bootstrapReplicates(of, 1, 0, count), { method, level: 0.95 });
  const reason = (found: ReturnType<typeof results>[number]) => ("refused" in found ? found.refused : null);
  const bca = results(table, "bca");
  assert.match(reason(bca[5]!)!, /BCa needs 10 examples in each arm, here are 5/);
  assert.match(reason(bca[4]!)!, /here are 5/);
  assert.equal(reason(bca[6]!), null);
  assert.equal(reason(results(table, "percentile")[4]!), null);
  const clustered = { ...tableOf(60), clusters: Int32Array.from({ length: 60 }, (_, row) => row % 6) };
  assert.match(reason(results(clustered, "bca")[4]!)!, /10 clusters, here are 6/);
  assert.match(reason(results(tableOf(60), "percentile", 30)[4]!)!, /lies beyond 30 replicates/);
});

test("a resample without spread has no effect size, however far from 0 the rewards are", () => {
  // Two of three originals are one number, so that about a third of the resamples are constant up to rounding.
  const table: RewardTable = {
    treated: new Uint8Array(12).fill(1),
    original: Float64Array.from({ length: 12 }, (_, row) => (row === 0 ? 0.3 : 0.1)),
    rewrite: Float64Array.from({ length: 12 }, (_, row) => row / 7),
    rewriteOfRewrite: Float64Array.from({ length: 12 }, (_, row) => row / 3),
    clusters: null,
  };
  const replicates = bootstrapReplicates(table, 2, 0, 1000);
  let without = 0;
  for (let at = STATISTICS.length + 5; at < replicates.length; at += REPLICATE_WIDTH) {
    if (Number.isNaN(replicates[at]!)) without += 1;
    else assert.ok(Math.abs(replicates[at]!) < 1e3, String(replicates[at]));
  }
  assert.ok(without > 250 && without < 450, String(without));
});

test("tiny rewards are resampled as others are", () => {
  const table = tableOf(100);
  const scaled = (by: number): RewardTable => ({
    ...table,
    original: table.original.map((value) => (value - 1e4) * by),
    rewrite: table.rewrite.map((value) => (value - 1e4) * by),
    rewriteOfRewrite: table.rewriteOfRewrite.map((value) => (value - 1e4) * by),
  });
  const [plain, tiny] = [1, 2 ** -660].map((by) => bootstrapReplicates(scaled(by), 3, 0, 5));
  plain!.forEach((value, at) => {
    const expected = at % REPLICATE_WIDTH < STATISTICS.length ? value * 2 ** -660 : value;
    assert.ok(Math.abs(tiny![at]! / expected - 1) < 1e-9, `${at}: ${tiny![at]}, ${expected}`);
  });
});
