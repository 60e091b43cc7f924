import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { leastSquares } from "../../../src/estimation/numeric/least-squares.js";
import { gaussian, randomStream, uniform } from "../../../src/estimation/numeric/random.js";
import type { PairedColumns } from "../../../src/estimation/sensitivity/arms.js";
import {
  mayLook,
  sequenceHalfWidth,
  sequenceOneSided,
  sequenceRho,
} from "../../../src/estimation/sensitivity/confidence-sequence.js";
import { doseResponse } from "../../../src/estimation/sensitivity/dose.js";
import { equalArms } from "../../../src/estimation/sensitivity/equal-arms.js";
import { goldTwins } from "../../../src/estimation/sensitivity/gold-twins.js";
import { meanError } from "../../../src/estimation/sensitivity/mean-error.js";
import { offTarget } from "../../../src/estimation/sensitivity/off-target.js";
import { fieller, perAchievedFlip } from "../../../src/estimation/sensitivity/per-achieved-flip.js";
import { bestOfWeights, policyWeighted } from "../../../src/estimation/sensitivity/policy-weighted.js";
import { againstReference } from "../../../src/estimation/sensitivity/reference.js";
import { bestRepeats, shrunken, varianceComponents } from "../../../src/estimation/sensitivity/repeats.js";
import { acrossRewriters, partialConjunction } from "../../../src/estimation/sensitivity/rewriters.js";
import type { SensitivityRow } from "../../../src/estimation/sensitivity/row.js";
import { threePass } from "../../../src/estimation/sensitivity/three-pass.js";
import {
  robustnessAlpha,
  robustnessValue,
  tippingPoint,
} from "../../../src/estimation/sensitivity/tipping-point.js";
import { preferenceProbability, withinPromptSd } from "../../../src/estimation/sensitivity/units.js";
import { REPOSITORY } from "../../support/folders.js";
import { sharedCase } from "../../support/shared.js";

/** Independent numbers: test/fixtures/sensitivity/generate.py (numpy, scipy, statsmodels). */
const reference = JSON.parse(
  readFileSync(join(REPOSITORY, "test/fixtures/sensitivity/sensitivity.json"), "utf8"),
);
const column = (name: string) => Float64Array.from(reference.data[name] as number[]);
const scale = { level: 0.95, rewardStd: 2 };
const data: PairedColumns = {
  differences: column("d"),
  treated: Uint8Array.from(reference.data.w as number[]),
  clusters: null,
};
const clusters = Int32Array.from(reference.data.cluster as number[]);

function close(actual: number | null | undefined, expected: number, what: string): void {
  assert.ok(actual !== null && actual !== undefined, `${what} is missing`);
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, expected ${expected}`,
  );
}

function find(rows: readonly SensitivityRow[], name: string, estimand: string): SensitivityRow {
  const row = rows.find((entry) => entry.name === name && entry.estimand === estimand);
  assert.ok(row, `${name} ${estimand} is missing`);
  return row;
}

const shared = sharedCase("statistics/fixtures.json");

test("the worked example agrees with its fixtures", { skip: shared.skip }, () => {
  const fixtures = JSON.parse(readFileSync(shared.path, "utf8"));
  const d = Float64Array.of(0.5, 0.2, 0.4, 0.1, 0.3, 0.6);
  const m = Float64Array.of(10, 5, 8, 2, 6, 12);
  const achieved = Float64Array.of(1, 1, 0, 1, 1, 1);
  const one = { differences: d, treated: new Uint8Array(6).fill(1), clusters: null };
  const wald = find(perAchievedFlip(one, achieved, scale), "per_achieved_flip", "att");
  close(wald.value, fixtures.wald.theta, "theta");
  close(wald.standardError, fixtures.wald.se, "se of theta");
  close(wald.low, fixtures.fieller.low, "Fieller's lower end");
  close(wald.high, fixtures.fieller.high, "Fieller's upper end");
  close(fieller(d, achieved, null, 0.95)?.a, fixtures.fieller.a, "Fieller's a");
  const dose = doseResponse(one, m, "words", scale);
  close(find(dose, "dose_slope", "att").value, fixtures.slope_wald.beta, "slope");
  close(find(dose, "dose_slope", "att").standardError, fixtures.slope_wald.se, "se of the slope");
  close(find(dose, "dose_intercept", "att").value, fixtures.intercept_HC3.a, "intercept");
  close(find(dose, "dose_intercept", "att").standardError, fixtures.intercept_HC3.se_a, "HC3");
  close(find(dose, "dose_intercept", "att").details?.slope, fixtures.intercept_HC3.slope, "OLS slope");
  const clustered = meanError(
    d.map((value) => value - 0.35),
    Int32Array.of(0, 0, 0, 1, 1, 2),
  );
  close(clustered?.standardError, fixtures.CR2.se, "CR2");
  close(clustered?.degrees, fixtures.CR2.df, "Bell-McCaffrey");
  close(robustnessValue(20 / Math.sqrt(999)), fixtures.RV.RV, "RV");
  close(robustnessAlpha(20, 999, 0.05), fixtures.RV.RV_alpha, "RV alpha");
  const pairs = [
    [0.5, 0.3],
    [0.2, 0.1],
    [0.4, 0.6],
    [0.1, 0],
  ].map((pair) => Float64Array.from(pair));
  close(varianceComponents(pairs)?.within, fixtures.k2.MSW, "MSW");
  close(varianceComponents(pairs)?.between, fixtures.k2.sa2, "between");
  const twins = { differences: Float64Array.of(0.5, 0.2, 0.4), gold: Float64Array.of(0.4, 0.2, 0.3) };
  const gold = goldTwins("ate", Float64Array.of(0.1, 0.3, 0.6, 0.7, 0.2), twins, scale);
  close(find(gold, "gold_twins", "ate").value, fixtures.PPI.tau, "gold twins");
  close(find(gold, "gold_twins", "ate").standardError, fixtures.PPI.se, "se of gold twins");
  const rho = sequenceRho(500, 0.05);
  close(rho, fixtures.CS.rho_500_05, "rho");
  assert.equal(sequenceHalfWidth(0.4, 100, rho, 0.05).toFixed(6), "0.134556");
  assert.equal(sequenceHalfWidth(0.4, 500, rho, 0.05).toFixed(6), "0.054295");
});

test("robust regressions agree with statsmodels and with whole matrices", () => {
  const columns = [column("dose"), column("other")];
  const fit = leastSquares(column("d"), columns)!;
  const robust = leastSquares(column("d"), columns, clusters)!;
  for (const k of [0, 1, 2]) {
    close(fit.coefficients[k], reference.hc3.coefficients[k], `coefficient ${k}`);
    close(fit.standardErrors[k], reference.hc3.errors[k], `HC3 ${k}`);
    close(robust.standardErrors[k], reference.cr2.errors[k], `CR2 ${k}`);
  }
  assert.equal(leastSquares(column("d"), [column("dose"), column("dose")]), null, "collinear columns");
  const centre = column("d").reduce((total, value) => total + value, 0) / 90;
  const mean = meanError(
    column("d").map((value) => value - centre),
    clusters,
  );
  close(mean?.standardError, reference.cr2.mean, "CR2 of a mean");
  close(mean?.degrees, reference.cr2.degrees, "its degrees of freedom");
});

test("each analysis agrees with an independent implementation", () => {
  const flips = perAchievedFlip(data, column("flips"), scale);
  for (const arm of ["att", "atu"] as const) {
    close(find(flips, "per_achieved_flip", arm).low, reference.fieller[arm][0], `Fieller ${arm} low`);
    close(find(flips, "per_achieved_flip", arm).high, reference.fieller[arm][1], `Fieller ${arm} high`);
  }
  const all = fieller(column("d"), column("flips"), null, 0.95);
  close(all?.low, reference.fieller.all[0], "Fieller low");
  close(all?.high, reference.fieller.all[1], "Fieller high");

  const rewriterOf = Int32Array.from(reference.data.rewriter as number[]);
  const several = { ...data, differences: column("by_rewriter") };
  const rewriters = acrossRewriters(several, rewriterOf, ["a", "b", "c"], scale);
  const combined = find(rewriters, "rewriters", "ate");
  close(combined.value, reference.rewriters.value, "mean of rewriters");
  close(combined.standardError, reference.rewriters.error, "its error");
  assert.equal(combined.degrees, 2);
  close(combined.details?.between_sd, Math.sqrt(reference.rewriters.tau2), "between rewriters");
  const sorted = [...reference.rewriters.p].sort((a, b) => a - b);
  close(combined.details?.at_least_1_p_value, 3 * sorted[0], "at least one");
  close(combined.details?.at_least_3_p_value, Math.max(3 * sorted[0], 2 * sorted[1], sorted[2]), "all three");

  const twins = { differences: column("d").slice(0, 25), gold: column("gold") };
  const gold = goldTwins("ate", column("d").slice(25), twins, scale);
  const corrected = find(gold, "gold_twins", "ate");
  close(corrected.value, reference.gold_twins.value, "corrected by edits");
  close(corrected.standardError, reference.gold_twins.error, "its error");
  close(corrected.degrees, reference.gold_twins.degrees, "its degrees");
  const bias = find(gold, "gold_bias", "ate");
  close(bias.low, reference.gold_bias.interval[0], "bias low");
  close(bias.high, reference.gold_bias.interval[1], "bias high");

  const arms = equalArms(data, scale)!;
  close(arms.value, reference.equal_arms.value, "equal arms");
  close(arms.low, reference.equal_arms.interval[0], "equal arms low");
  close(arms.high, reference.equal_arms.interval[1], "equal arms high");

  const passes = { first: column("first"), second: column("second"), third: column("third") };
  const third = find(threePass(data, passes, scale), "three_pass", "ate");
  close(third.value, reference.three_pass.value, "three passes");
  close(third.low, reference.three_pass.interval[0], "three passes low");
  close(third.high, reference.three_pass.interval[1], "three passes high");

  const groups = (reference.data.repeats as number[][]).map((row) => Float64Array.from(row));
  close(varianceComponents(groups)?.within, reference.repeats.within, "within");
  close(varianceComponents(groups)?.between, reference.repeats.between, "between");
});

test("where flips are weak, the effect of one has no bounds", () => {
  const random = randomStream(4, 0);
  const n = 60;
  const differences = Float64Array.from({ length: n }, () => gaussian(random));
  const achieved = Float64Array.from({ length: n }, () => (uniform(random) < 0.5 ? 1 : -1));
  for (const treated of [new Uint8Array(n).fill(1), Uint8Array.from(differences, (_, row) => row % 2)]) {
    const rows = perAchievedFlip({ differences, treated, clusters: null }, achieved, scale);
    const ate = find(rows, "per_achieved_flip", "ate");
    assert.equal(ate.unbounded, true);
    assert.deepEqual([ate.low, ate.high], [null, null]);
    assert.match(ate.note!, /too few flips worked|no flip worked/);
  }
  const none = perAchievedFlip(
    { differences, treated: new Uint8Array(n).fill(1), clusters: null },
    new Float64Array(n),
    scale,
  );
  assert.equal(find(none, "per_achieved_flip", "att").value, null);
});

test("a judge who errs makes the effect of a flip smaller, one who guesses gives none", () => {
  const [plain] = perAchievedFlip(data, column("flips"), scale);
  const [judged] = perAchievedFlip(data, column("flips"), scale, { sensitivity: 0.9, specificity: 0.8 });
  close(judged!.value, plain!.value! * 0.7, "judged");
  const [guess] = perAchievedFlip(data, column("flips"), scale, { sensitivity: 0.5, specificity: 0.5 });
  assert.equal(guess!.value, null);
  assert.match(guess!.note!, /no better than chance/);
});

test("an off-target change is measured, flagged and taken out", () => {
  const random = randomStream(5, 0);
  const n = 400;
  const changes = Float64Array.from({ length: n }, () => 0.5 + gaussian(random));
  const differences = changes.map((change) => 0.3 + 0.4 * change + 0.1 * gaussian(random));
  const treated = Uint8Array.from(changes, (_, row) => row % 2);
  const measures = [
    { name: "exclamation_marks", changes, spread: 1 },
    { name: "the_same_again", changes: changes.map((change) => 2 * change), spread: 2 },
    { name: "never_changes", changes: new Float64Array(n), spread: 0 },
  ];
  const rows = offTarget({ differences, treated, clusters: null }, measures, scale);
  const adjusted = find(rows, "off_target_adjusted", "ate");
  assert.ok(Math.abs(adjusted.value! - 0.3) < 0.02, `adjusted: ${adjusted.value}`);
  assert.deepEqual(Object.keys(adjusted.details!), ["exclamation_marks"]);
  assert.ok(Math.abs(adjusted.details!.exclamation_marks! - 0.2) < 0.05);
  const balance = rows.find((row) => row.name === "off_target_balance" && row.of === "exclamation_marks")!;
  assert.match(balance.note!, /differs in exclamation marks by 0\.\d\d/);
  const effect = { value: 0.5, standardError: 0.05, degrees: 399, n };
  const tipping = tippingPoint(
    { estimand: "ate" },
    effect,
    { ...(adjusted.details as Record<string, number>) },
    scale,
  );
  close(tipping.value, 0.5 - 1.9659272959206784 * 0.05, "the nearer end");
  assert.match(tipping.note!, /would take an unmeasured one-sided change worth 0\.20 sd/);
  assert.match(tipping.note!, /the largest measured one \(exclamation marks\) is worth 0\.(09|1\d) sd/);
  const none = tippingPoint({ estimand: "ate" }, { ...effect, value: 0.01 }, null, scale);
  assert.equal(none.value, 0);
  assert.match(none.note!, /holds no effect already/);
});

test("the chance to be the best of N draws adds up to 1, and ties share", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 64 }),
      (rewards, best) => {
        const weights = bestOfWeights(rewards, best);
        assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-12);
        for (const [row, reward] of rewards.entries())
          for (const [place, other] of rewards.entries())
            if (reward === other) assert.equal(weights[row], weights[place]);
        if (best === 1)
          for (const weight of weights) assert.ok(Math.abs(weight - 1 / rewards.length) < 1e-12);
      },
    ),
  );
  const rows = policyWeighted(data, data.differences, scale);
  const values = rows.map(({ value }) => value!);
  assert.deepEqual(
    values,
    [...values].sort((a, b) => a - b),
    "ranked by the effect itself, the top has the largest",
  );
});

test("a model that is the reference differs from it by nothing", () => {
  const side = { differences: data.differences, rewardStd: 2 };
  const same = find(againstReference(data, side, side, "judge", scale), "reference", "ate");
  assert.deepEqual([same.value, same.standardError], [0, 0]);
  close(same.details?.correlation, 1, "correlation");
  const more = { differences: data.differences.map((d) => d + 0.4), rewardStd: 2 };
  const row = find(againstReference(data, more, side, "judge", scale), "reference", "ate");
  close(row.value, 0.2, "0.2 sd more");
});

test("repeats: advice and shrinkage", () => {
  const components = { between: 1, within: 4, repeats: 2 };
  close(bestRepeats(components, { example: 9, repeat: 1 }), 6, "k*");
  assert.equal(
    bestRepeats({ ...components, between: 0 }, { example: 1, repeat: 1 }),
    Number.POSITIVE_INFINITY,
  );
  close(shrunken(3, 1, 4, components), 2, "half way");
  assert.deepEqual(partialConjunction([0.04, 0.01, 0.5]), [0.03, 0.08, 0.5]);
});

test("sequences are wider than one look, narrow where they were asked to, and wait for their first look", () => {
  const rho = sequenceRho(500, 0.05);
  for (const t of [50, 100, 500, 5000]) {
    assert.ok(sequenceHalfWidth(1, t, rho, 0.05) > 1.96 / Math.sqrt(t));
    assert.ok(sequenceOneSided(1, t, rho, 0.05) < sequenceHalfWidth(1, t, rho, 0.05));
  }
  const normal = randomStream(8, 0);
  const plain = Float64Array.from({ length: 60 }, () => gaussian(normal));
  assert.equal(mayLook(plain.slice(0, 49)), false);
  assert.equal(mayLook(plain), true);
  const skewed = plain.map((value) => Math.exp(2 * value));
  assert.equal(mayLook(skewed), false);
});

test("units: preference probability, and the spread within prompts", () => {
  close(preferenceProbability(Float64Array.of(0, 0)), 0.5, "no difference");
  close(preferenceProbability(Float64Array.of(Math.log(3))), 0.75, "log 3");
  close(
    withinPromptSd(Float64Array.of(1, 3, 10, Number.NaN, 14), Int32Array.of(0, 0, 1, 1, 1)),
    Math.sqrt(5),
    "sd",
  );
  assert.equal(withinPromptSd(Float64Array.of(1, 2), Int32Array.of(0, 1)), null);
});

test("shifting both rewards changes nothing, relabelling turns signs", () => {
  const flipped: PairedColumns = {
    ...data,
    differences: data.differences.map((d) => -d),
    treated: data.treated.map((w) => 1 - w),
  };
  const flips = column("flips");
  const rows = perAchievedFlip(data, flips, scale);
  const turned = perAchievedFlip(
    { ...flipped, differences: flipped.differences },
    flips.map((value) => -value),
    scale,
  );
  close(
    find(turned, "per_achieved_flip", "ate").value,
    find(rows, "per_achieved_flip", "ate").value!,
    "Wald",
  );
  close(
    find(turned, "per_achieved_flip", "att").low,
    find(rows, "per_achieved_flip", "atu").low!,
    "arms change places",
  );
  close(equalArms(flipped, scale)!.value, -equalArms(data, scale)!.value!, "equal arms");
});
