import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Effect, Estimand, Estimator } from "../../../src/domain/effect.js";
import type { RewardTable } from "../../../src/domain/example.js";
import {
  type EstimateOptions,
  estimateEffects,
} from "../../../src/estimation/estimators/estimate-effects.js";
import { binomial } from "../../../src/estimation/numeric/binomial.js";
import { chiSquareUpper } from "../../../src/estimation/numeric/gamma.js";
import { logisticProbabilities } from "../../../src/estimation/numeric/logistic.js";
import { benjaminiHochberg, holm } from "../../../src/estimation/numeric/multiplicity.js";
import { noncentralTUpper, tTestPower } from "../../../src/estimation/numeric/noncentral-t.js";
import { normalTwoSided } from "../../../src/estimation/numeric/normal.js";
import { wilson } from "../../../src/estimation/numeric/proportion.js";
import { randomStream } from "../../../src/estimation/numeric/random.js";
import { tTwoSided } from "../../../src/estimation/numeric/student-t.js";
import { fUpper, welchF } from "../../../src/estimation/numeric/welch-f.js";
import { REPOSITORY } from "../../support/folders.js";

// Computed by numpy, scipy and statsmodels; the script lies beside the numbers.
const reference = JSON.parse(
  readFileSync(join(REPOSITORY, "test/fixtures/reference/reference.json"), "utf8"),
);
const { w, cluster, original, rewrite, second } = reference.table;

const RELATIVE = 1e-9;

function near(actual: number | null | undefined, expected: number, what: string): void {
  assert.ok(
    actual != null && Math.abs(actual - expected) <= RELATIVE * Math.max(Math.abs(expected), 1e-12),
    `${what}: ${actual} is not ${expected}`,
  );
}

function tableOf(clustered: boolean): RewardTable {
  const numbers = new Map<number, number>();
  for (const label of cluster) if (!numbers.has(label)) numbers.set(label, numbers.size);
  return {
    treated: Uint8Array.from(w),
    original: Float64Array.from(original),
    rewrite: Float64Array.from(rewrite),
    rewriteOfRewrite: Float64Array.from(second),
    clusters: clustered ? Int32Array.from(cluster, (label: number) => numbers.get(label)!) : null,
  };
}

function effect(
  estimator: Estimator,
  estimand: Estimand,
  options: EstimateOptions = {},
  clustered = false,
): Effect {
  const { rows } = estimateEffects(tableOf(clustered), options);
  return rows.find((row) => row.estimator === estimator && row.estimand === estimand) as Effect;
}

for (const estimator of ["rate", "single_rewrite"] as const) {
  for (const estimand of ["ate", "att", "atu"] as const) {
    test(`${estimator} ${estimand} is that of scipy and statsmodels`, () => {
      const expected = reference[estimator][estimand];
      const normal = effect(estimator, estimand, { interval: { method: "normal", level: 0.95 } });
      near(normal.value, expected.value, "value");
      near(normal.standardError, expected.stderr, "standard error");
      near(normal.interval?.low, expected.normal[0], "normal low");
      near(normal.interval?.high, expected.normal[1], "normal high");
      near(normal.pValue, expected.normal[2], "normal p");
      // Student's t is the default.
      const t = effect(estimator, estimand);
      near(t.interval?.low, expected.t[0], "t low");
      near(t.interval?.high, expected.t[1], "t high");
      near(t.pValue, expected.t[2], "t p");
      const clustered = effect(estimator, estimand, {}, true);
      near(clustered.standardError, expected.cluster[0], "CR2");
      near(clustered.df, expected.cluster[1], "Bell and McCaffrey's degrees of freedom");
      if (estimator === "rate")
        near(
          effect(estimator, estimand, { standardError: "unpaired" }).standardError,
          expected.unpaired,
          "unpaired",
        );
    });
  }
}

test("the naive comparison is Welch's, and cluster-robust that of a regression", () => {
  const expected = reference.naive;
  const t = effect("naive", "ate", { interval: { method: "t", level: 0.95 } });
  near(t.value, expected.value, "value");
  near(t.standardError, expected.stderr, "standard error");
  near(t.interval?.low, expected.t[0], "low");
  near(t.interval?.high, expected.t[1], "high");
  near(t.pValue, expected.t[2], "p");
  near(t.df, expected.df, "Welch's degrees of freedom");
  const clustered = effect("naive", "ate", {}, true);
  near(clustered.standardError, expected.cluster[0], "CR2");
  near(clustered.df, expected.cluster[1], "Bell and McCaffrey's degrees of freedom");
  // One cluster a row: CR2 is HC2.
  const alone = { ...tableOf(false), clusters: Int32Array.from(w, (_: number, row: number) => row) };
  near((estimateEffects(alone).rows[0] as Effect).standardError, expected.hc2, "HC2");
});

test("effect sizes carry the error of the scale too", () => {
  near(estimateEffects(tableOf(false)).rewardStd.value, reference.reward_std, "reward_std");
  near(effect("rate", "ate").effectSize?.value, reference.effect_size.value, "value");
  near(effect("rate", "ate").effectSize?.standardError, reference.effect_size.stderr, "standard error");
  const clustered = effect("rate", "ate", {}, true).effectSize;
  near(clustered?.standardError, reference.effect_size.cluster, "CR2");
});

test("distributions, corrections and proportions", () => {
  for (const [x, degrees, p] of reference.chi_square)
    near(chiSquareUpper(x, degrees), p, `chi-square ${x} ${degrees}`);
  for (const [t, degrees, p] of reference.t) near(tTwoSided(t, degrees), p, `t ${t} ${degrees}`);
  for (const [f, between, within, p] of reference.f) near(fUpper(f, between, within), p, `F ${f}`);
  for (const [t, degrees, shift, p] of reference.noncentral_t)
    near(noncentralTUpper(t, degrees, shift), p, `noncentral t ${t} ${degrees} ${shift}`);
  for (const [d, n, power] of reference.t_power) near(tTestPower(d, n - 1, 0.95), power, `power ${d} ${n}`);
  for (const [z, p] of reference.normal) near(normalTwoSided(z), p, `normal ${z}`);
  for (const [name, correct] of [
    ["holm", holm],
    ["bh", benjaminiHochberg],
  ] as const) {
    const [pValues, expected] = reference[name];
    correct(pValues).forEach((p, index) => {
      near(p, expected[index], name);
    });
  }
  for (const [successes, n, low, high] of reference.wilson) {
    const interval = wilson(successes, n, 0.95)!;
    assert.ok(
      Math.abs(interval.low - low) < 1e-12 && Math.abs(interval.high - high) < 1e-12,
      `wilson ${successes}/${n}`,
    );
  }
});

test("Welch's test of several groups", () => {
  for (const { groups, f, df, p } of reference.welch) {
    const found = welchF(
      groups.map(([value, standardError, degrees]: [number, number, number]) => ({
        value,
        standardError,
        degrees,
      })),
    )!;
    near(found.f, f, "F");
    near(found.between, df[0], "between");
    near(found.within, df[1], "within");
    near(found.pValue, p, "p");
  }
  assert.equal(welchF([{ value: 1, standardError: 1, degrees: 9 }]), null);
});

test("logistic regression; outcomes that a column separates have no maximum", () => {
  const { length, kept, probabilities } = reference.logistic;
  const columns = [Float64Array.from(original), Float64Array.from(length)];
  const found = logisticProbabilities(Uint8Array.from(kept), [
    ...columns,
    new Float64Array(w.length).fill(3),
  ])!;
  found.forEach((p, row) => {
    near(p, probabilities[row], `row ${row}`);
  });
  const separated = Uint8Array.from(original, (value: number) => (value > 7 ? 1 : 0));
  assert.equal(logisticProbabilities(separated, columns), null);
});

test("binomial numbers follow their distribution", () => {
  const [[trials, probability, , cumulative]] = reference.binomial;
  const random = randomStream(1, 1);
  const draws = 200_000;
  const counts = new Float64Array(trials + 1);
  for (let draw = 0; draw < draws; draw += 1) {
    const value = binomial(trials, probability, random);
    counts[value] = counts[value]! + 1;
  }
  let below = 0;
  // Kolmogorov's distance stays below 1.95/√n in all but one of a thousand tries; the seed is fixed.
  counts.forEach((count, value) => {
    below += count / draws;
    assert.ok(Math.abs(below - cumulative[value]) < 1.95 / Math.sqrt(draws), `at ${value}`);
  });
});
