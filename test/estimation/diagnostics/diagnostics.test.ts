import assert from "node:assert/strict";
import { test } from "node:test";
import type { RewardTable } from "../../../src/domain/example.js";
import { diagnose, type Given } from "../../../src/estimation/diagnostics/index.js";
import { attritionOf } from "../../../src/estimation/estimators/attrition.js";
import { estimateEffects } from "../../../src/estimation/estimators/estimate-effects.js";
import { preferencesOf } from "../../../src/estimation/estimators/preferences.js";
import { selectRows } from "../../../src/estimation/estimators/select.js";
import { randomStream } from "../../../src/estimation/numeric/random.js";
import { WORLDS } from "../../../src/estimation/simulation/worlds.js";

function evidence(world: string, change: Partial<Given> = {}): Given {
  const drawn = WORLDS.find(({ name }) => name === world)!.draw(randomStream(1, 1));
  const table = change.table ?? drawn.table;
  return {
    table,
    summary: estimateEffects(table),
    flipOf: drawn.flipOf,
    tieRate: preferencesOf(table, 0.95).tie?.value ?? null,
    placebo: new Float64Array(0),
    withoutRewards: drawn.lost,
    failures: { refused: drawn.lost },
    truncated: 0,
    sample: [],
    seed: 1,
    ...change,
  };
}

const warnings = (given: Given) =>
  diagnose(given)
    .filter(({ warns }) => warns)
    .map(({ name }) => name);
const find = (given: Given, name: string) => diagnose(given).find((entry) => entry.name === name);

test("where the assumptions hold nothing warns", () => {
  assert.deepEqual(warnings(evidence("additive")), []);
  assert.ok(find(evidence("additive"), "rewrite_effects_differ_p_value")!.value! < 0.05);
});

test("failed flips, few examples and losses are noticed", () => {
  const failed = warnings(evidence("failed flips"));
  assert.ok(
    failed.includes("flips_rewrite_to_w_1") && failed.includes("flips_rewrite_to_w_0"),
    String(failed),
  );
  assert.ok(warnings(evidence("few")).includes("examples_w_1"));
  const lost = evidence("selective loss");
  assert.ok(warnings(lost).includes("missing"));
  assert.match(find(lost, "missing")!.sentence, /refused: \d+ and 0/);
  assert.ok(warnings(lost).includes("missing_uneven_p_value"));
  assert.match(
    find(lost, "missing_uneven_p_value")!.sentence,
    /uneven: \d+\.\d % of w = 1 and 0\.0 % of w = 0/,
  );
  const even = evidence("additive", { withoutRewards: { treated: 20, untreated: 20 } });
  assert.ok(warnings(even).includes("missing") && !warnings(even).includes("missing_uneven_p_value"));
  // R: prop.test(c(10, 30), c(100, 120), correct = FALSE)$p.value
  const [treated, untreated] = [90, 90];
  const counts = { ...even.summary, treatedCount: treated, untreatedCount: untreated };
  const few = { ...even, summary: counts, withoutRewards: { treated: 10, untreated: 30 } };
  assert.ok(Math.abs(find(few, "missing_uneven_p_value")!.value! - 0.004075200091520405) < 1e-12);
  const [low, high] = [find(lost, "worst_case_low")!.value!, find(lost, "worst_case_high")!.value!];
  assert.ok(low < high);
});

test("one example, or one cluster, that decides is noticed", () => {
  const base = evidence("additive").table;
  const second = base.rewriteOfRewrite.slice();
  second[0] = 1000;
  assert.ok(
    warnings(evidence("additive", { table: { ...base, rewriteOfRewrite: second } })).includes(
      "influence_example",
    ),
  );
  const clusters = Int32Array.from(base.treated, (_, row) => (row < 30 ? 0 : row));
  const shifted = base.rewriteOfRewrite.map((value, row) =>
    row < 30 ? value + (base.treated[row] === 1 ? 3 : -3) : value,
  );
  const clustered = { ...base, rewriteOfRewrite: shifted, clusters: renumber(clusters) };
  assert.ok(find(evidence("additive", { table: clustered }), "influence_cluster")!.value! > 0.8);
});

test("what leaving out a cluster does is what it does", () => {
  const base = evidence("additive").table;
  const clusters = renumber(Int32Array.from(base.treated, (_, row) => (row < 60 ? 0 : row >> 2)));
  const table = { ...base, clusters };
  const given = evidence("additive", { table });
  const row = (of: RewardTable) => {
    const found = estimateEffects(of).rows.find(
      ({ estimator, estimand }) => estimator === "rate" && estimand === "ate",
    )!;
    assert.ok(found.value !== null && found.standardError !== null);
    return { value: found.value, standardError: found.standardError };
  };
  const all = row(table);
  const moves = [...new Set(clusters)].map((left) => {
    const rows = [...clusters.keys()].filter((at) => clusters[at] !== left);
    return Math.abs(row(selectRows(table, rows)).value - all.value) / all.standardError;
  });
  assert.ok(Math.abs(find(given, "influence_cluster")!.value! - Math.max(...moves)) < 1e-9);
});

test("few degrees of freedom are warned about, many clusters or not", () => {
  const base = evidence("additive").table;
  const n = base.treated.length;
  const of = (clusters: Int32Array) =>
    evidence("additive", { table: { ...base, clusters: renumber(clusters) } });
  const giant = of(Int32Array.from({ length: n }, (_, row) => (row < 0.7 * n ? 0 : row)));
  assert.ok(warnings(giant).includes("degrees_of_freedom"));
  const twenty = of(Int32Array.from({ length: n }, (_, row) => row % 20));
  assert.ok(!warnings(twenty).includes("degrees_of_freedom"));
});

test("missing examples: one of many is no warning, and the weights of what was attempted are tried", () => {
  const one = evidence("additive", { withoutRewards: { treated: 1, untreated: 0 } });
  assert.ok(!warnings(one).includes("missing"));
  const { table } = evidence("additive");
  // Arms whose effects differ, and one of which is mostly missing.
  const apart = {
    ...table,
    rewriteOfRewrite: table.rewriteOfRewrite.map((value, row) => value + (table.treated[row] === 1 ? 1 : 0)),
  };
  const missing = { treated: 300, untreated: 0 };
  const summary = estimateEffects(apart, { facts: { missing } });
  const given = evidence("additive", { table: apart, summary, withoutRewards: missing });
  const effect = (estimand: string) => {
    const found = summary.rows.find((row) => row.estimator === "rate" && row.estimand === estimand)!;
    assert.ok(found.value !== null && found.standardError !== null);
    return { value: found.value, error: found.standardError };
  };
  const [n1, n0] = [summary.treatedCount + 300, summary.untreatedCount];
  const [p1, p0] = [n1 / (n1 + n0), n0 / (n1 + n0)];
  const [att, atu] = [effect("att"), effect("atu")];
  const { reward } = attritionOf(summary, 0.95)!.atAttemptedWeights!;
  assert.ok(Math.abs(reward.value - (p1 * att.value + p0 * atu.value)) < 1e-12);
  const variance =
    (p1 * att.error) ** 2 + (p0 * atu.error) ** 2 + (p1 * p0 * (att.value - atu.value) ** 2) / (n1 + n0);
  assert.ok(Math.abs(reward.standardError - Math.sqrt(variance)) < 1e-12);
  assert.ok(warnings(given).includes("attempted_weights_shift"));
  assert.equal(attritionOf(estimateEffects(table), 0.95), null);
});

test("labels that alternate are permuted as others are", () => {
  const n = 2000;
  const random = randomStream(5, 5);
  const treated = Uint8Array.from({ length: n }, (_, row) => row % 2);
  const rewrite = Float64Array.from({ length: n }, () => random() / 2 ** 32);
  const rewriteOfRewrite = rewrite.map((value, row) => value + (2 * treated[row]! - 1) * 0.3);
  const table = { treated, original: rewrite, rewrite, rewriteOfRewrite, clusters: null };
  const given = evidence("additive", { table, summary: estimateEffects(table) });
  assert.ok(find(given, "permuted_labels")!.value! < 0.02);
});

test("both flips worked: unknown ones do not count, and the arms keep their weights", () => {
  const base = evidence("additive");
  const n = base.table.treated.length;
  const flipOf = {
    rewrite: Uint8Array.from({ length: n }, (_, row) => (row % 4 === 0 ? 0 : row % 4 === 1 ? 2 : 1)),
    rewriteOfRewrite: new Uint8Array(n).fill(1),
  };
  const known = [...Array(n).keys()].filter((row) => row % 4 > 1);
  const mean = (arm: number) => {
    const rows = known.filter((row) => base.table.treated[row] === arm);
    const sign = 2 * arm - 1;
    return (
      rows.reduce(
        (total, row) => total + sign * (base.table.rewriteOfRewrite[row]! - base.table.rewrite[row]!),
        0,
      ) / rows.length
    );
  };
  const { treatedCount: n1, untreatedCount: n0, rewardStd } = base.summary;
  const expected = (n1 * mean(1) + n0 * mean(0)) / (n1 + n0) / rewardStd.value!;
  const found = find({ ...base, flipOf }, "estimate_where_both_flips_worked")!;
  assert.ok(Math.abs(found.value! - expected) < 1e-12, `${found.value}, ${expected}`);
});

test("the grid of bfloat16, ties and the end of a scale are noticed", () => {
  const base = evidence("additive").table;
  const coarse = (values: Float64Array) => values.map((value) => Math.round((64 + value) * 2) / 2);
  const gridded = {
    ...base,
    original: coarse(base.original),
    rewrite: coarse(base.rewrite),
    rewriteOfRewrite: coarse(base.rewriteOfRewrite),
  };
  const found = evidence("additive", { table: gridded });
  assert.equal(find(found, "grid_step")!.value, 0.5);
  assert.ok(warnings(found).includes("tie_rate"));
  const cut = (values: Float64Array) => values.map((value) => Math.min(0.5, value));
  const ended = {
    ...base,
    original: cut(base.original),
    rewrite: cut(base.rewrite),
    rewriteOfRewrite: cut(base.rewriteOfRewrite),
  };
  assert.ok(warnings(evidence("additive", { table: ended })).includes("saturation"));
});

test("texts that are empty, unchanged or far from what they were are noticed", () => {
  const texts = (original: string, rewrite: string, rewriteOfRewrite: string) => ({
    texts: { original, rewrite, rewriteOfRewrite },
  });
  const fine = warnings(
    evidence("additive", { sample: [texts("a good film", "a bad film", "a good film")] }),
  );
  assert.deepEqual(fine, []);
  assert.deepEqual(warnings(evidence("additive", { sample: [texts("a film", "", "a film")] })), [
    "empty_texts",
  ]);
  assert.deepEqual(warnings(evidence("additive", { sample: [texts("a film", "a film", "a film")] })), [
    "identical_texts",
  ]);
  const other = warnings(
    evidence("additive", { sample: [texts("a film", "x", "something else altogether and longer")] }),
  );
  assert.deepEqual(other, ["length_ratio", "edit_distance"]);
});

test("texts that the model did not read to the end are told", () => {
  assert.ok(!warnings(evidence("additive", { truncated: 5 })).includes("truncated_texts"));
  assert.ok(warnings(evidence("additive", { truncated: 50 })).includes("truncated_texts"));
});

test("a placebo rewrite that scores like the rewrite of the rewrite passes, another does not", () => {
  const base = evidence("additive");
  const random = randomStream(4, 4);
  const placebo = base.table.rewriteOfRewrite.map((value) => value + (random() / 2 ** 32 - 0.5) / 2);
  assert.ok(!warnings({ ...base, placebo }).includes("placebo_p_value"));
  assert.ok(warnings({ ...base, placebo: placebo.map((value) => value - 0.2) }).includes("placebo_p_value"));
});

test("permuted labels and random halves", () => {
  const found = evidence("additive");
  assert.ok(find(found, "permuted_labels")!.value! < 0.05);
  assert.ok(find(found, "random_halves_z")!.value! < 3);
  assert.deepEqual(diagnose(found), diagnose(found));
});

function renumber(labels: Int32Array): Int32Array {
  const numbers = new Map<number, number>();
  return labels.map((label) => {
    if (!numbers.has(label)) numbers.set(label, numbers.size);
    return numbers.get(label)!;
  });
}
