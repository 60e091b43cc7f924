import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RewardTable } from "../../../src/domain/example.js";
import { examplesToDecide, testLimits } from "../../../src/estimation/estimators/equivalence.js";
import { linearEffect, linearSize } from "../../../src/estimation/estimators/influence.js";
import { onSharedExamples, pairedDifference } from "../../../src/estimation/estimators/paired-difference.js";
import { selectRows } from "../../../src/estimation/estimators/select.js";
import { gaussian, randomStream } from "../../../src/estimation/numeric/random.js";

const OPTIONS = { alpha: 0.05, power: 0.8 };

/** Examples with originals of standard deviation 1 within the arms, and paired differences with this mean and spread. */
function drawn(n: number, effect: number, spread: number, stream: number): RewardTable {
  const random = randomStream(7, stream);
  const treated = Uint8Array.from({ length: n }, (_, row) => row % 2);
  const original = Float64Array.from({ length: n }, () => gaussian(random));
  const rewrite = Float64Array.from({ length: n }, () => gaussian(random));
  const rewriteOfRewrite = rewrite.map(
    (reward, row) => reward + (2 * treated[row]! - 1) * (effect + spread * gaussian(random)),
  );
  return { treated, original, rewrite, rewriteOfRewrite, clusters: null };
}

function effectSize(table: RewardTable) {
  const size = linearSize(table, "rate", "ate")!;
  return { ...size.error!, value: size.value, n: size.n };
}

function shares(replicates: number, verdictOf: (stream: number) => string): Record<string, number> {
  const counts: Record<string, number> = { pass: 0, fail: 0, undecided: 0 };
  for (let stream = 0; stream < replicates; stream += 1) counts[verdictOf(stream)]! += 1 / replicates;
  return counts;
}

const REPLICATES = 3000;
/** Three standard errors of a share of 0.05. */
const CHANCE = 3 * Math.sqrt((0.05 * 0.95) / REPLICATES);

test("on a limit, pass and fail are wrong in α of the cases at most, and inside both limits fail is rarer still", () => {
  const limits = { low: -0.2, high: 0.2 };
  const inReward = (table: RewardTable) => {
    const effect = linearEffect(table, "rate", "ate")!;
    return { ...effect, ...effect.error! };
  };
  for (const [unit, estimateOf, n] of [
    ["reward", inReward, 30],
    ["sd", effectSize, 200],
  ] as const) {
    const at = (effect: number) =>
      shares(
        REPLICATES,
        (stream) => testLimits(estimateOf(drawn(n, effect, 0.4, stream)), limits, OPTIONS).verdict,
      );
    for (const effect of [0.2, -0.2]) {
      const { pass, fail } = at(effect) as { pass: number; fail: number };
      assert.ok(pass <= 0.05 + CHANCE && fail <= 0.05 + CHANCE, `${unit} ${effect}: ${pass}, ${fail}`);
      assert.ok(pass > 0.05 - CHANCE && fail > 0.05 - CHANCE, `needlessly strict: ${pass}, ${fail}`);
    }
    assert.ok(at(0.05).fail! < 0.005);
  }
});

test("with the number of examples that is to decide, the test decides about as often as said", () => {
  const limits = { low: -0.1, high: 0.1 };
  for (const [effect, verdict] of [
    [0, "pass"],
    [0.05, "pass"],
    [0.2, "fail"],
  ] as const) {
    const n = examplesToDecide(effect, 0.5, limits, OPTIONS)!;
    // In reward units, so that the spread of an example's part is the 0.5 that was planned with.
    const decided = shares(600, (stream) => {
      const effectHere = linearEffect(drawn(n, effect, 0.5, stream), "rate", "ate")!;
      return testLimits({ ...effectHere, ...effectHere.error! }, limits, OPTIONS).verdict;
    });
    assert.ok(Math.abs(decided[verdict]! - 0.8) < 0.05, `${n} examples: ${decided[verdict]} at ${effect}`);
  }
});

test("a difference between two models on the same texts is decided by the pairs", () => {
  const limits = { low: -0.2, high: 0.2 };
  const found = shares(1500, (stream) => {
    const first = drawn(60, 0.2, 0.4, stream);
    // The second model: the same taste without the effect, and some noise of its own.
    const random = randomStream(8, stream);
    const second = {
      ...first,
      rewriteOfRewrite: first.rewriteOfRewrite.map(
        (reward, row) => reward - (2 * first.treated[row]! - 1) * (0.2 + 0.1 * gaussian(random)),
      ),
    };
    const idOf = String;
    const difference = pairedDifference({ table: first, idOf }, { table: second, idOf }, (table) =>
      linearEffect(table, "rate", "ate"),
    )!;
    return testLimits(difference, limits, OPTIONS).verdict;
  });
  assert.ok(found.pass! <= 0.05 + 0.017 && found.fail! <= 0.05 + 0.017, JSON.stringify(found));
});

test("the verdict, the interval and the p-value say the same", () => {
  const number = fc.double({ min: -5, max: 5, noNaN: true });
  fc.assert(
    fc.property(
      number,
      fc.double({ min: 1e-6, max: 3, noNaN: true }),
      fc.integer({ min: 2, max: 500 }),
      number,
      fc.double({ min: 0.01, max: 5, noNaN: true }),
      (value, standardError, n, low, width) => {
        const limits = { low, high: low + width };
        const found = testLimits({ value, standardError, degrees: n - 1, n }, limits, OPTIONS);
        assert.equal(found.verdict === "pass", found.low! > limits.low && found.high! < limits.high);
        if (Math.abs(found.pValue! - 0.05) > 1e-9)
          assert.equal(found.verdict === "pass", found.pValue! < 0.05);
        assert.equal(found.verdict === "fail", found.high! < limits.low || found.low! > limits.high);
      },
    ),
  );
});

test("one limit alone, no spread, too few examples, and an effect on the limit", () => {
  const one = { low: Number.NEGATIVE_INFINITY, high: 0.1 };
  const estimate = { value: -3, standardError: 0.01, degrees: 99, n: 100 };
  assert.equal(testLimits(estimate, one, OPTIONS).verdict, "pass");
  assert.equal(testLimits({ ...estimate, value: 3 }, one, OPTIONS).verdict, "fail");
  const still = testLimits({ ...estimate, value: 0, standardError: 0 }, { low: -0.1, high: 0.1 }, OPTIONS);
  assert.deepEqual([still.verdict, still.low, still.high, still.pValue], ["pass", 0, 0, 0]);
  const alone = testLimits({ ...estimate, standardError: null }, one, OPTIONS);
  assert.deepEqual([alone.verdict, alone.low], ["undecided", null]);
  assert.equal(examplesToDecide(0.1, 1, { low: -0.1, high: 0.1 }, OPTIONS), null);
  assert.throws(() => testLimits(estimate, { low: 1, high: 1 }, OPTIONS), /low limit below the high one/);
});

test("clusters of two tables are the same where they share examples, however each numbers them", () => {
  const clusters = Int32Array.from({ length: 40 }, (_, row) => row >> 2);
  const table = { ...drawn(40, 0.3, 0.4, 1), clusters };
  const rows = [...Array(40).keys()].reverse().slice(0, 37);
  const part = selectRows(table, rows);
  const renumbered = { ...part, clusters: part.clusters!.map((cluster) => 9 - cluster) };
  const first = { table, idOf: String };
  const shared = onSharedExamples(first, { table: renumbered, idOf: (row) => String(rows[row]) });
  assert.deepEqual([shared.onlyFirst, shared.onlySecond], [3, 0]);
  const estimateOf = (of: RewardTable) => linearEffect(of, "rate", "ate");
  const same = pairedDifference(shared.first, shared.second, estimateOf)!;
  assert.ok(Math.abs(same.value) < 1e-12 && same.standardError < 1e-12, JSON.stringify(same));
  // Nine clusters of 4 and one of 1 among 37 rows: 1/[Σh² + Σ_{g≠k} h_g²h_k²/((1 − h_g)(1 − h_k))].
  const shares = [...Array(9).fill(4 / 37), 1 / 37];
  const apart = shares.flatMap((h, g) =>
    shares.map((k, other) => (g === other ? h * h : (h * k) ** 2 / ((1 - h) * (1 - k)))),
  );
  assert.ok(Math.abs(same.degrees - 1 / apart.reduce((total, part) => total + part, 0)) < 1e-9);
});
