import assert from "node:assert/strict";
import { test } from "node:test";
import { estimateEffects } from "../../../src/estimation/estimators/estimate-effects.js";
import { planStudy, rewriteCost } from "../../../src/estimation/estimators/power.js";
import { compareWithHumans, preferencesOf } from "../../../src/estimation/estimators/preferences.js";
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

test("preferences: strict for the model, ties against w = 1, people's ties left out", () => {
  const table = {
    treated: Uint8Array.of(1, 1, 0, 0),
    original: new Float64Array(4),
    rewrite: Float64Array.of(0, 1, 5, 2),
    rewriteOfRewrite: Float64Array.of(1, 1, 0, 2),
    clusters: null,
  };
  const { preference, tie } = preferencesOf(table, 0.95);
  assert.deepEqual([preference!.value, tie!.value], [0.5, 0.5]);
  // The model prefers w = 1 in rows 0 and 2; ties in rows 1 and 3.
  const human = compareWithHumans(table, Uint8Array.of(1, 1, 2, 3), 0.95);
  assert.deepEqual(
    [human.n, human.humanPreference!.value, human.modelPreference!.value, human.disagreement!.value],
    [3, 2 / 3, 2 / 3, 2 / 3],
  );
});

test("plans reach their goals, and no fewer examples would", () => {
  assert.equal(planStudy({ standardError: 0.01 }, 0.5, 0.95).examples, 2500);
  assert.equal(planStudy({ intervalWidth: 0.04 }, 0.5, 0.95).examples, 2401);
  const plan = planStudy({ power: 0.9, effect: 0.05 }, 0.5, 0.95);
  // (1.959964 + 1.281552)² · 100 = 1050.74
  assert.equal(plan.examples, 1051);
  assert.ok(plan.power! >= 0.9);
  // TOST with θ = 0: n = (z(1 − α) + z(1 − β/2))² σ²/δ² = (1.6449 + 1.2816)² · 16 = 137.03 by the normal; t needs one or two more.
  const within = { within: 0.1, power: 0.8, effect: 0, alpha: 0.05 };
  const decided = planStudy(within, 0.4, 0.95).examples;
  assert.ok(decided >= 138 && decided <= 140, String(decided));
  assert.throws(() => planStudy({ ...within, effect: 0.1 }, 0.4, 0.95), /off the limits/);
  assert.throws(() => planStudy({ standardError: 0 }, 0.5, 0.95), /goal above 0/);
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
