import assert from "node:assert/strict";
import { test } from "node:test";
import type { DataFacts } from "../../../src/domain/effect.js";
import { pairsThatFlipped } from "../../../src/estimation/estimators/facts.js";
import { verdictOf } from "../../../src/estimation/estimators/verdict.js";
import { randomStream } from "../../../src/estimation/numeric/random.js";

type Judged = Parameters<typeof verdictOf>[0];

const FACTS: DataFacts = {
  attempted: { treated: 50, untreated: 50 },
  missing: { treated: 0, untreated: 0 },
  flips: null,
  textsDiffer: true,
  rewardsEqual: false,
  originalsSd: 1,
  rewritesSd: 1,
};

function estimate(low: number, high: number, change: Partial<Judged> = {}): Judged {
  const interval = { low, high, level: 0.95 };
  return {
    ...{ estimator: "rate", estimand: "ate", n: 100, standardError: 0.1, inferenceReason: null },
    ...{ interval, effectSize: { interval } },
    ...change,
  };
}

test("the state is that of the interval: beyond 0, within the negligible limit, or neither", () => {
  const random = randomStream(3, 3);
  const uniform = () => random() / 2 ** 32;
  for (let round = 0; round < 2_000; round += 1) {
    const [middle, reach, negligible] = [
      uniform() - 0.5,
      uniform() * 10 ** -Math.floor(3 * uniform()),
      uniform() / 2,
    ];
    const [low, high] = [middle - reach, middle + reach];
    const { verdict } = verdictOf(estimate(low, high), FACTS, negligible);
    const expected =
      low > 0
        ? "pays"
        : high < 0
          ? "penalizes"
          : low >= -negligible && high <= negligible
            ? "negligible"
            : "undecided";
    assert.equal(verdict, expected, `${low} to ${high}, ${negligible}`);
    const turned = verdictOf(estimate(-high, -low), FACTS, negligible).verdict;
    const opposite = { pays: "penalizes", penalizes: "pays" } as Record<string, string>;
    assert.equal(turned, opposite[verdict] ?? verdict);
  }
});

test("without a scale nothing is negligible", () => {
  const { verdict } = verdictOf(estimate(-0.01, 0.01, { effectSize: null }), FACTS, 0.1);
  assert.equal(verdict, "undecided");
});

test("what makes data unusable goes before what the interval says, and only from its limit on", () => {
  const judged = (facts: Partial<DataFacts>, change: Partial<Judged> = {}) =>
    verdictOf(estimate(0.2, 0.4, change), { ...FACTS, ...facts }, 0.1);
  const cases: [facts: Partial<DataFacts>, change: Partial<Judged>, reason: RegExp | null][] = [
    [{}, { standardError: null, inferenceReason: "one cluster" }, /^one cluster$/],
    [
      {},
      { standardError: null, inferenceReason: "alone", n: 1 },
      /^alone; 1 example is too few: 10 are needed$/,
    ],
    [{}, { n: 9 }, /^9 examples are too few/],
    [{}, { n: 10 }, null],
    [
      { missing: { treated: 40, untreated: 11 }, attempted: { treated: 50, untreated: 50 } },
      {},
      /^51 of 100/,
    ],
    [{ missing: { treated: 40, untreated: 10 }, attempted: { treated: 50, untreated: 50 } }, {}, null],
    // Of the arm that the estimate is about.
    [{ missing: { treated: 0, untreated: 40 } }, { estimand: "att" }, null],
    [{ missing: { treated: 0, untreated: 40 } }, { estimand: "atu" }, /^40 of 50/],
    [
      { flips: { known: { treated: 9, untreated: 0 }, worked: { treated: 4, untreated: 0 } } },
      {},
      /^only 4 of 9/,
    ],
    [{ flips: { known: { treated: 8, untreated: 0 }, worked: { treated: 4, untreated: 0 } } }, {}, null],
    [{ textsDiffer: false }, {}, /same text/],
    [{ textsDiffer: null }, {}, null],
    [{ rewardsEqual: true }, {}, /all rewards are equal/],
    [{ originalsSd: 0.0009 }, {}, /originals hardly differ/],
    [{ originalsSd: 0.0011 }, {}, null],
    [{ originalsSd: null }, {}, null],
  ];
  for (const [facts, change, reason] of cases) {
    const found = judged(facts, change);
    assert.equal(found.verdict, reason === null ? "pays" : "unusable", JSON.stringify([facts, change]));
    if (reason !== null) assert.match(found.reason!, reason);
  }
  // What is about rewrites has no say in the naive comparison.
  const naive = { estimator: "naive" } as const;
  assert.equal(judged({ textsDiffer: false }, naive).verdict, "pays");
});

test("a pair is known to have worked when both flips did, and to have failed when either did", () => {
  // Values of FLIP: 0 unknown, 1 succeeded, 2 failed.
  const rewrite = Uint8Array.of(1, 1, 2, 2, 0, 0, 1);
  const rewriteOfRewrite = Uint8Array.of(1, 2, 1, 0, 2, 0, 0);
  const found = pairsThatFlipped(new Uint8Array(7), { rewrite, rewriteOfRewrite });
  assert.deepEqual(found, { known: { treated: 0, untreated: 5 }, worked: { treated: 0, untreated: 1 } });
  const none = { rewrite: new Uint8Array(7), rewriteOfRewrite: new Uint8Array(7) };
  assert.equal(pairsThatFlipped(new Uint8Array(7), none), null);
});
