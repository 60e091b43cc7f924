import assert from "node:assert/strict";
import { test } from "node:test";
import { estimateEffects } from "../../../src/estimation/estimators/estimate-effects.js";
import { planStudy, rewriteCost } from "../../../src/estimation/estimators/power.js";
import { compareWithHumans, preferencesOf } from "../../../src/estimation/estimators/preferences.js";
import { selectRows } from "../../../src/estimation/estimators/select.js";
import { summarizeStudy } from "../../../src/estimation/estimators/study.js";
import { estimateSubgroups } from "../../../src/estimation/estimators/subgroups.js";
import { randomStream } from "../../../src/estimation/numeric/random.js";
import { WORLDS } from "../../../src/estimation/simulation/worlds.js";

const tableOf = (stream: number) => WORLDS[0]!.draw(randomStream(1, stream)).table;
const interval = { method: "normal", level: 0.95 } as const;
const idOf = (row: number) => String(row);

test("a model against itself differs by nothing, and the same rewards on another scale too", () => {
  const table = tableOf(1);
  const scaled = {
    ...table,
    original: table.original.map((value) => 8 * value),
    rewrite: table.rewrite.map((value) => 8 * value),
    rewriteOfRewrite: table.rewriteOfRewrite.map((value) => 8 * value),
  };
  const entry = { dataset: "d", concept: "c", idOf };
  const { contrasts, rows } = summarizeStudy(
    [
      { ...entry, rewardKey: "a", table },
      { ...entry, rewardKey: "b", table: scaled },
    ],
    interval,
  );
  assert.equal(contrasts.length, 1);
  assert.ok(Math.abs(contrasts[0]!.value) < 1e-12 && contrasts[0]!.standardError < 1e-12);
  assert.ok(rows[0]!.simultaneousLow < rows[0]!.low && rows[0]!.simultaneousHigh > rows[0]!.high);
  assert.ok(rows[0]!.holm >= rows[0]!.pValue && rows[0]!.benjaminiHochberg >= rows[0]!.pValue);
});

test("contrasts pair examples by id, whatever their order", () => {
  const [first, second] = [tableOf(1), tableOf(2)];
  const n = first.treated.length;
  const reversed = {
    ...second,
    treated: second.treated.slice().reverse(),
    original: second.original.slice().reverse(),
    rewrite: second.rewrite.slice().reverse(),
    rewriteOfRewrite: second.rewriteOfRewrite.slice().reverse(),
  };
  const entry = { dataset: "d", concept: "c" };
  const contrast = (table: typeof second, ids: (row: number) => string) =>
    summarizeStudy(
      [
        { ...entry, rewardKey: "a", table: first, idOf },
        { ...entry, rewardKey: "b", table, idOf: ids },
      ],
      interval,
    ).contrasts[0]!;
  const [plain, turned] = [contrast(second, idOf), contrast(reversed, (row) => String(n - 1 - row))];
  assert.ok(
    Math.abs(plain.value - turned.value) < 1e-12 &&
      Math.abs(plain.standardError - turned.standardError) < 1e-12,
  );
});

test("data sets of one concept are pooled by their numbers of examples", () => {
  const tables = [1, 2, 3].map((stream) => ({
    dataset: `d${stream}`,
    concept: "c",
    rewardKey: "m",
    table: tableOf(stream),
    idOf,
  }));
  const { pooled, rows } = summarizeStudy(tables, interval);
  assert.equal(pooled.length, 1);
  const mean = rows.reduce((total, row) => total + row.value, 0) / 3;
  assert.ok(Math.abs(pooled[0]!.value - mean) < 1e-12);
  assert.ok(pooled[0]!.standardError < rows[0]!.standardError);
  assert.ok(pooled[0]!.heterogeneity!.pValue > 0.001);
});

test("contrasts rest on shared examples, are corrected together, and can be chosen", () => {
  const table = tableOf(1);
  const noisy = (stream: number) => {
    const other = tableOf(stream);
    return { ...other, treated: table.treated };
  };
  const entry = { dataset: "d", concept: "c" };
  const tables = [
    { ...entry, rewardKey: "a", table, idOf },
    { ...entry, rewardKey: "b", table: noisy(2), idOf },
    { ...entry, rewardKey: "c", table: noisy(3), idOf: (row: number) => String(row + 50) },
  ];
  const { contrasts } = summarizeStudy(tables, interval);
  assert.equal(contrasts.length, 3);
  const [, other] = contrasts;
  assert.deepEqual(
    [other!.second, other!.n, other!.onlyFirst, other!.onlySecond],
    ["c", table.treated.length - 50, 50, 50],
  );
  assert.ok(contrasts.every(({ holm, pValue }) => holm >= pValue && holm <= Math.min(1, 3 * pValue) + 1e-12));
  const chosen = summarizeStudy(tables, interval, [["a", "b"]]).contrasts;
  assert.deepEqual(
    chosen.map(({ first, second, holm, pValue }) => [first, second, holm === pValue]),
    [["a", "b", true]],
  );
});

test("the same rows under two names are told, also as a part and in another order", () => {
  const table = tableOf(1);
  const rows = [...table.treated.keys()].reverse().slice(0, 120);
  const entry = { concept: "c", rewardKey: "m", idOf };
  const study = (second: typeof table) =>
    summarizeStudy(
      [
        { ...entry, dataset: "d", table },
        { ...entry, dataset: "e", table: second },
      ],
      interval,
    );
  assert.deepEqual(study(selectRows(table, rows)).sharedRows, [
    { rewardKey: "m", first: "d", second: "e", rows: 120 },
  ]);
  assert.deepEqual(study(tableOf(2)).sharedRows, []);
});

test("pooling has Satterthwaite's degrees of freedom", () => {
  const tables = [1, 2].map((stream) => ({
    dataset: `d${stream}`,
    concept: "c",
    rewardKey: "m",
    table: stream === 1 ? tableOf(1) : selectRows(tableOf(2), [...Array(12).keys()]),
    idOf,
  }));
  const { pooled, rows } = summarizeStudy(tables, { method: "t", level: 0.95 });
  const n = tables.map(({ table }) => table.treated.length);
  const parts = rows.map(({ standardError }, k) => ((n[k]! / (n[0]! + n[1]!)) * standardError) ** 2);
  const df = (parts[0]! + parts[1]!) ** 2 / (parts[0]! ** 2 / (n[0]! - 1) + parts[1]! ** 2 / (n[1]! - 1));
  assert.ok(Math.abs(pooled[0]!.df - df) < 1e-9);
});

test("groups of fewer than ten are shown, not tested", () => {
  const table = tableOf(4);
  const n = table.treated.length;
  const groups = Array.from({ length: n }, (_, row) => (row < 9 ? "small" : row % 2 === 0 ? "even" : "odd"));
  const { groups: shown, heterogeneity } = estimateSubgroups(table, groups, {});
  assert.equal(shown.length, 3);
  assert.deepEqual([heterogeneity!.tested, heterogeneity!.untested], [2, ["small"]]);
  const tiny = Array.from({ length: n }, (_, row) => String(row % 30));
  assert.equal(estimateSubgroups(table, tiny, {}).heterogeneity, null);
});

test("equal groups are said to differ in about 5 % of the cases, also ten groups of ten", () => {
  let said = 0;
  for (let stream = 0; stream < 200; stream += 1) {
    const table = selectRows(tableOf(1000 + stream), [...Array(100).keys()]);
    const groups = Array.from({ length: 100 }, (_, row) => String(row % 10));
    if (estimateSubgroups(table, groups, {}).heterogeneity!.pValue < 0.05) said += 1;
  }
  // 200 tries at 5 % give more than 20 in one of a thousand.
  assert.ok(said <= 20, String(said));
});

test("subgroups with different effects are told apart, equal ones are not", () => {
  const table = tableOf(4);
  const groups = Array.from(table.treated, (_, row) => (row % 2 === 0 ? "even" : "odd"));
  const equal = estimateSubgroups(table, groups, {});
  assert.deepEqual(
    equal.groups.map(({ name }) => name),
    ["even", "odd"],
  );
  assert.ok(equal.heterogeneity!.pValue > 0.01);
  const shifted = {
    ...table,
    rewriteOfRewrite: table.rewriteOfRewrite.map((value, row) =>
      row % 2 === 0 ? value : value + (table.treated[row] === 1 ? 1 : -1),
    ),
  };
  assert.ok(estimateSubgroups(shifted, groups, {}).heterogeneity!.pValue < 1e-6);
});

test("preferences: ties of the model count one half, people's are left out", () => {
  const table = {
    treated: Uint8Array.of(1, 1, 0, 0),
    original: new Float64Array(4),
    rewrite: Float64Array.of(0, 1, 5, 2),
    rewriteOfRewrite: Float64Array.of(1, 1, 0, 2),
    clusters: null,
  };
  const { preference, tie } = preferencesOf(table, 0.95);
  assert.deepEqual([preference!.value, tie!.value], [0.75, 0.5]);
  // The model prefers w = 1 in rows 0 and 2; ties in rows 1 and 3.
  const human = compareWithHumans(table, Uint8Array.of(1, 1, 2, 3), 0.95);
  assert.deepEqual(
    [human.n, human.humanPreference!.value, human.modelPreference!.value, human.disagreement!.value],
    [3, 2 / 3, 2.5 / 3, 1.5 / 3],
  );
  // Rows that come twice in clusters tell no more than once.
  const twice = (values: Float64Array | Uint8Array) => [...values, ...values];
  const many = WORLDS[0]!.draw(randomStream(1, 9)).table;
  const doubled = {
    treated: Uint8Array.from(twice(many.treated)),
    original: Float64Array.from(twice(many.original)),
    rewrite: Float64Array.from(twice(many.rewrite)),
    rewriteOfRewrite: Float64Array.from(twice(many.rewriteOfRewrite)),
    clusters: Int32Array.from({ length: 2 * many.treated.length }, (_, row) => row % many.treated.length),
  };
  const [once, clustered] = [preferencesOf(many, 0.95).preference!, preferencesOf(doubled, 0.95).preference!];
  assert.ok(Math.abs(clustered.low - once.low) < 1e-3 && Math.abs(clustered.high - once.high) < 1e-3);
  assert.equal(clustered.n, 2 * once.n);
});

test("plans reach their goals, and no fewer examples would", () => {
  assert.equal(planStudy({ standardError: 0.01 }, { deviation: 0.5 }, 0.95).examples, 2500);
  // 2401 with the normal quantile; Student's t asks for a few more.
  assert.equal(planStudy({ intervalWidth: 0.04 }, { deviation: 0.5 }, 0.95).examples, 2404);
  const plan = planStudy({ power: 0.9, effect: 0.05 }, { deviation: 0.5 }, 0.95);
  // R: power.t.test(delta = 0.05, sd = 0.5, power = 0.9, type = "one.sample") gives n = 1052.66.
  assert.equal(plan.examples, 1053);
  assert.ok(plan.power! >= 0.9);
  // Clusters that bring half a degree of freedom an example.
  const few = planStudy({ intervalWidth: 0.8 }, { deviation: 0.5, degreesEach: 0.5 }, 0.95);
  assert.ok(few.examples > planStudy({ intervalWidth: 0.8 }, { deviation: 0.5 }, 0.95).examples);
  // TOST with θ = 0: n = (z(1 − α) + z(1 − β/2))² σ²/δ² = (1.6449 + 1.2816)² · 16 = 137.03 by the normal; t needs one or two more.
  const within = { within: 0.1, power: 0.8, effect: 0, alpha: 0.05 };
  const decided = planStudy(within, { deviation: 0.4 }, 0.95).examples;
  assert.ok(decided >= 138 && decided <= 140, String(decided));
  assert.throws(() => planStudy({ ...within, effect: 0.1 }, { deviation: 0.4 }, 0.95), /off the limits/);
  assert.throws(() => planStudy({ standardError: 0 }, { deviation: 0.5 }, 0.95), /goal above 0/);
  assert.equal(
    rewriteCost(1000, { prompt: 500, completion: 400 }, { promptPerMillion: 2, completionPerMillion: 10 }),
    10,
  );
});

test("the simulated worlds have the effects they say", () => {
  for (const world of WORLDS.filter(({ holds }) => holds)) {
    let total = 0;
    for (let stream = 0; stream < 300; stream += 1) {
      const row = estimateEffects(world.draw(randomStream(2, stream)).table).rows.find(
        (entry) => entry.estimator === "rate" && entry.estimand === "ate",
      )!;
      total += row.value! / 300;
    }
    assert.ok(Math.abs(total - world.truth) < 0.03, `${world.name}: ${total}`);
  }
});
