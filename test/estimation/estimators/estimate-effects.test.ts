import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Effect, Estimand, Estimator } from "../../../src/domain/effect.js";
import type { RewardTable } from "../../../src/domain/example.js";
import {
  type EffectSummary,
  type EstimateOptions,
  estimateEffects,
} from "../../../src/estimation/estimators/estimate-effects.js";

interface Row {
  w: 0 | 1;
  o: number;
  r: number;
  rr: number;
  g?: number;
}

function tableOf(rows: readonly Row[], clustered = false): RewardTable {
  return {
    treated: Uint8Array.from(rows, (row) => row.w),
    original: Float64Array.from(rows, (row) => row.o),
    rewrite: Float64Array.from(rows, (row) => row.r),
    rewriteOfRewrite: Float64Array.from(rows, (row) => row.rr),
    clusters: clustered ? Int32Array.from(rows, (row) => row.g ?? 0) : null,
  };
}

function find(summary: EffectSummary, estimator: Estimator, estimand: Estimand): Effect {
  const row = summary.rows.find((entry) => entry.estimator === estimator && entry.estimand === estimand)!;
  assert.notEqual(row.value, null, `${estimator} ${estimand}`);
  return row as Effect;
}

const estimate = (rows: readonly Row[], options?: EstimateOptions) => estimateEffects(tableOf(rows), options);

function close(actual: number | null, expected: number, relative = 1e-10, scale = Math.abs(expected)): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= relative * Math.max(scale, 1e-300),
    `${actual} is not ${expected}`,
  );
}

const coarse = (value: number) => (Math.abs(value) < 1e-9 ? 0 : value);
const reward = fc.double({ min: -50, max: 50, noNaN: true });
const row = fc.record({ w: fc.constantFrom(0 as const, 1 as const), o: reward, r: reward, rr: reward });
/** At least two examples an arm. */
const rows = fc
  .array(row, { minLength: 0, maxLength: 30 })
  .chain((rest) =>
    fc
      .tuple(row, row, row, row)
      .map(([a, b, c, d]) => [
        { ...a, w: 1 as const },
        { ...b, w: 1 as const },
        { ...c, w: 0 as const },
        { ...d, w: 0 as const },
        ...rest,
      ]),
  );

const avg = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const variance = (values: number[]) =>
  values.reduce((a, b) => a + (b - avg(values)) ** 2, 0) / (values.length - 1);

test("the estimates are those of the definitions, written out", () => {
  fc.assert(
    fc.property(rows, (data) => {
      const summary = estimate(data);
      const [treated, untreated] = [data.filter((x) => x.w === 1), data.filter((x) => x.w === 0)];
      const att = avg(treated.map((x) => x.rr - x.r));
      const atu = avg(untreated.map((x) => x.r - x.rr));
      close(find(summary, "rate", "att").value, att, 1e-10, 100);
      close(find(summary, "rate", "atu").value, atu, 1e-10, 100);
      close(
        find(summary, "rate", "ate").value,
        (treated.length * att + untreated.length * atu) / data.length,
        1e-10,
        100,
      );
      close(find(summary, "single_rewrite", "att").value, avg(treated.map((x) => x.o - x.r)), 1e-10, 100);
      close(
        find(summary, "naive", "ate").value,
        avg(treated.map((x) => x.o)) - avg(untreated.map((x) => x.o)),
        1e-10,
        100,
      );
      const d = data.map((x) => (x.w ? x.rr - x.r : x.r - x.rr));
      close(find(summary, "rate", "ate").standardError, Math.sqrt(variance(d) / d.length), 1e-9, 100);
      const unpaired = estimate(data, { standardError: "unpaired" });
      const [one, zero] = [data.map((x) => (x.w ? x.rr : x.r)), data.map((x) => (x.w ? x.r : x.rr))];
      close(
        find(unpaired, "rate", "ate").standardError,
        Math.sqrt((variance(one) + variance(zero)) / data.length),
        1e-9,
        100,
      );
      close(
        summary.rewardStd.value,
        Math.sqrt(
          ((treated.length - 1) * variance(treated.map((x) => x.o)) +
            (untreated.length - 1) * variance(untreated.map((x) => x.o))) /
            (data.length - 2),
        ),
        1e-9,
        100,
      );
    }),
  );
});

test("exchanging the arms exchanges ATT and minus ATU, and turns the ATE around", () => {
  fc.assert(
    fc.property(rows, (data) => {
      const straight = estimate(data);
      const swapped = estimate(data.map((x) => ({ ...x, w: (1 - x.w) as 0 | 1 })));
      for (const estimator of ["rate", "single_rewrite"] as const) {
        close(find(swapped, estimator, "att").value, -find(straight, estimator, "atu").value, 1e-12, 100);
        close(find(swapped, estimator, "ate").value, -find(straight, estimator, "ate").value, 1e-12, 100);
        close(
          find(swapped, estimator, "ate").standardError,
          find(straight, estimator, "ate").standardError!,
          1e-12,
          100,
        );
      }
      close(find(swapped, "naive", "ate").value, -find(straight, "naive", "ate").value, 1e-12, 100);
    }),
  );
});

test("shifting changes nothing; scaling scales value and error; the order of rows does not matter", () => {
  fc.assert(
    fc.property(rows, (data) => {
      const plain = estimate(data);
      const shifted = estimate(data.map((x) => ({ ...x, o: x.o + 8, r: x.r + 8, rr: x.rr + 8 })));
      const scaled = estimate(data.map((x) => ({ ...x, o: 4 * x.o, r: 4 * x.r, rr: 4 * x.rr })));
      const reversed = estimate([...data].reverse());
      for (const [estimator, estimand] of [
        ["rate", "ate"],
        ["single_rewrite", "atu"],
        ["naive", "ate"],
      ] as const) {
        const [a, b, c, d] = [plain, shifted, scaled, reversed].map((summary) =>
          find(summary, estimator, estimand),
        ) as [Effect, Effect, Effect, Effect];
        close(b.value, a.value, 1e-12, 100);
        close(c.value, 4 * a.value, 1e-15, 400);
        close(c.standardError, 4 * a.standardError!, 1e-14, 400);
        close(d.value, a.value, 1e-13, 100);
        close(d.standardError, a.standardError!, 1e-12, 100);
      }
    }),
  );
});

test("every row twice: the same estimates, and errors smaller by √((n − 1)/(2n − 1))", () => {
  fc.assert(
    fc.property(rows, (data) => {
      const [once, twice] = [estimate(data), estimate([...data, ...data])];
      for (const estimand of ["ate", "att", "atu"] as const) {
        const [a, b] = [find(once, "rate", estimand), find(twice, "rate", estimand)];
        close(b.value, a.value, 1e-12, 100);
        close(b.standardError, a.standardError! * Math.sqrt((a.n - 1) / (2 * a.n - 1)), 1e-10, 100);
      }
    }),
  );
});

test("rewards near 1e8 that differ in the first decimal give what the same rewards give near 0", () => {
  const near: Row[] = Array.from({ length: 2001 }, (_, i) => ({
    w: (i % 3 === 0 ? 1 : 0) as 0 | 1,
    o: ((i * 7) % 11) / 8,
    r: ((i * 5) % 13) / 8,
    rr: ((i * 3) % 17) / 8,
  }));
  const far = near.map((x) => ({ ...x, o: x.o + 1e8, r: x.r + 1e8, rr: x.rr + 1e8 }));
  for (const standardError of ["paired", "unpaired"] as const) {
    const [a, b] = [estimate(near, { standardError }), estimate(far, { standardError })];
    for (const [index, row] of a.rows.entries()) {
      close((b.rows[index] as Effect).value, (row as Effect).value, 1e-6);
      close((b.rows[index] as Effect).standardError, (row as Effect).standardError!, 1e-6);
      close((b.rows[index] as Effect).pValue, (row as Effect).pValue!, 1e-6);
    }
    close(b.rewardStd.value, a.rewardStd.value!, 1e-6);
  }
});

test("one arm alone gives its rows, and says why the others are missing", () => {
  const summary = estimate([
    { w: 1, o: 1, r: 2, rr: 5 },
    { w: 1, o: 1, r: 1, rr: 2 },
  ]);
  assert.equal(find(summary, "rate", "att").value, 2);
  assert.equal(find(summary, "rate", "ate").value, 2);
  const missing = summary.rows.filter((entry) => entry.value === null);
  assert.deepEqual(
    missing.map((entry) => [entry.estimator, entry.estimand, "reason" in entry && entry.reason]),
    [
      ["naive", "ate", "no original with w = 0 has a reward; the naive comparison needs both arms"],
      ["single_rewrite", "atu", "no example has w = 0"],
      ["rate", "atu", "no example has w = 0"],
    ],
  );
});

test("without rewards of the originals RATE remains, on the scale of the rewrites", () => {
  const summary = estimate([
    { w: 0, o: Number.NaN, r: 3, rr: 1 },
    { w: 0, o: Number.NaN, r: 2, rr: 2 },
    { w: 1, o: Number.NaN, r: 0, rr: 1 },
  ]);
  assert.equal(find(summary, "rate", "ate").value, 1);
  assert.equal(summary.rewardStd.pooledOver, "rewrites");
  assert.equal(summary.withoutOriginal, 3);
  assert.equal(summary.rewriteEffect.treated.value, null);
  assert.ok(
    summary.rows.filter((entry) => entry.estimator !== "rate").every((entry) => entry.value === null),
  );
});

test("one example has a value but no standard error", () => {
  const effect = find(estimate([{ w: 1, o: 1, r: 2, rr: 5 }]), "rate", "ate");
  assert.deepEqual(
    [effect.value, effect.standardError, effect.interval, effect.inferenceReason],
    [3, null, null, "one example alone has no standard error"],
  );
});

test("clusters of one example each give the paired error with n in the denominator once more", () => {
  fc.assert(
    fc.property(rows, (data) => {
      const single = estimateEffects(
        tableOf(
          data.map((x, g) => ({ ...x, g })),
          true,
        ),
      );
      close(
        find(single, "rate", "ate").standardError,
        find(estimate(data), "rate", "ate").standardError!,
        1e-9,
        100,
      );
      // Every example twice in a cluster: the error of the single ones stays.
      const doubled = estimateEffects(
        tableOf(
          data.flatMap((x, g) => [
            { ...x, g },
            { ...x, g },
          ]),
          true,
        ),
      );
      close(
        find(doubled, "rate", "ate").standardError,
        find(single, "rate", "ate").standardError!,
        1e-9,
        100,
      );
      close(
        find(doubled, "naive", "ate").standardError,
        find(single, "naive", "ate").standardError!,
        1e-9,
        100,
      );
    }),
  );
});

test("tiny rewards have the errors and effect sizes of large ones, and offsets up to 1e12 lose nothing", () => {
  const data: Row[] = Array.from({ length: 400 }, (_, i) => ({
    w: (i % 3 === 0 ? 1 : 0) as 0 | 1,
    o: ((i * 7) % 11) / 8 + (i % 3 === 0 ? 0.5 : 0),
    r: ((i * 5) % 13) / 8,
    rr: ((i * 3) % 17) / 8,
    g: i >> 2,
  }));
  const by = 2 ** -680;
  for (const clustered of [false, true]) {
    const of = (change: (value: number) => number) =>
      estimateEffects(
        tableOf(
          data.map((x) => ({ ...x, o: change(x.o), r: change(x.r), rr: change(x.rr) })),
          clustered,
        ),
      );
    const [plain, tiny, far] = [of((value) => value), of((value) => value * by), of((value) => value + 1e12)];
    close(tiny.rewardStd.value! / by, plain.rewardStd.value!, 1e-12);
    close(far.rewardStd.value, plain.rewardStd.value!, 1e-12);
    plain.rows.forEach((entry, index) => {
      const [a, b, c] = [entry, tiny.rows[index], far.rows[index]] as [Effect, Effect, Effect];
      close(b.value / by, a.value, 1e-12);
      close(b.standardError! / by, a.standardError!, 1e-12);
      close(b.effectSize!.standardError, a.effectSize!.standardError!, 1e-11);
      close(c.value, a.value, 1e-12);
      close(c.standardError, a.standardError!, 1e-12);
      close(c.effectSize!.standardError, a.effectSize!.standardError!, 1e-11);
      assert.equal(b.df, a.df);
    });
  }
});

test("rewards whose squares overflow, and columns of unequal length, are refused", () => {
  assert.throws(
    () => estimate([{ w: 1, o: 1, r: 1e150, rr: 5 }]),
    /rewards below 1e\+150: row 0 has rewrite 1e\+150/,
  );
  assert.throws(() => estimate([{ w: 1, o: -1e200, r: 1, rr: 5 }]), /row 0 has original -1e\+200/);
  const table = tableOf([{ w: 1, o: 1, r: 2, rr: 5 }]);
  assert.throws(
    () => estimateEffects({ ...table, rewrite: new Float64Array(2) }),
    /columns of equal length: treated has 1 rows, rewrite has 2/,
  );
});

test("intervals are in order, hold their estimate, and leave out 0 exactly where p is below α; without an error there are none", () => {
  fc.assert(
    fc.property(
      // Of numbers that are tiny beside the others, the squares are lost.
      fc.array(
        row.map((x) => ({ ...x, o: coarse(x.o), r: coarse(x.r), rr: coarse(x.rr) })),
        { minLength: 1, maxLength: 25 },
      ),
      fc.constantFrom(null, 2, 5),
      fc.constantFrom("t" as const, "normal" as const),
      fc.constantFrom("paired" as const, "unpaired" as const),
      (data, clusters, method, standardError) => {
        const table = tableOf(
          data.map((x, index) => ({ ...x, g: clusters ? index % Math.min(clusters, data.length) : 0 })),
          clusters !== null,
        );
        const summary = estimateEffects(table, { standardError, interval: { method, level: 0.95 } });
        for (const entry of summary.rows) {
          if (entry.value === null) continue;
          if (entry.standardError === null) {
            assert.deepEqual(
              [entry.interval, entry.pValue, entry.df, entry.verdict],
              [null, null, null, "unusable"],
            );
            assert.equal(entry.effectSize?.interval ?? null, null);
            continue;
          }
          assert.ok(entry.df! >= 1 - 1e-9, `df ${entry.df}`);
          for (const one of [entry, ...(entry.effectSize ? [entry.effectSize] : [])]) {
            if (!one.interval || one.standardError === 0) continue;
            const { low, high } = one.interval;
            assert.ok(low <= one.value! && one.value! <= high);
            if (Math.abs(one.pValue! - 0.05) > 1e-9)
              assert.equal(one.pValue! < 0.05, low > 0 || high < 0, JSON.stringify(one));
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("Bell and McCaffrey: equal clusters have G − 1 degrees of freedom, one that holds most has few", () => {
  const data: Row[] = Array.from({ length: 60 }, (_, i) => ({
    w: (i % 2) as 0 | 1,
    o: i % 7,
    r: i % 5,
    rr: i % 11,
  }));
  const of = (cluster: (i: number) => number) =>
    find(
      estimateEffects(
        tableOf(
          data.map((x, i) => ({ ...x, g: cluster(i) })),
          true,
        ),
      ),
      "rate",
      "ate",
    ).df!;
  close(
    of((i) => i % 12),
    11,
    1e-9,
  );
  assert.ok(of((i) => (i < 42 ? 0 : i - 41)) < 2.5);
});

test("rewards that are not finite are refused", () => {
  assert.throws(
    () => estimate([{ w: 1, o: 1, r: Number.POSITIVE_INFINITY, rr: 5 }]),
    /finite rewards: row 0 has rewrite Infinity/,
  );
  assert.throws(() => estimate([{ w: 1, o: 1, r: Number.NaN, rr: 5 }]), /row 0 has rewrite NaN/);
});
