import assert from "node:assert/strict";
import { test } from "node:test";
import type { EffectsFile } from "../../../src/estimation/files/effects-file.js";
import { answer, overview } from "../../../src/reporting/html/answers.js";
import { VERDICT_SIGNS, verdictSign } from "../../../src/reporting/html/verdicts.js";
import { digitsFor, interval, mainRow, shownEstimate } from "../../../src/reporting/html/words.js";
import { effectsIn } from "../../support/effects.js";

/** Words that say what an effect is. */
const CLAIMS = /\b(pays?|penalizes?)\b/;

test("verb, interval and p-value of a sentence are those of the main row in one unit", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const size = 0.8 * ((seed % 21) / 10 - 1);
    const world = {
      seed,
      n: 8 + 3 * (seed % 40),
      treated: size,
      untreated: size,
      noise: 0.2 + (seed % 5) / 3,
    };
    const effects = effectsIn({ ...world, arms: (["both", "treated", "untreated"] as const)[seed % 3]! });
    const row = mainRow(effects);
    const said = answer(effects);
    const { low, high, pValue } = shownEstimate(row);
    const isDecided = row.verdict === "pays" || row.verdict === "penalizes";
    assert.equal(CLAIMS.test(said), isDecided, said);
    if (row.verdict === "unusable") {
      assert.doesNotMatch(said, /effect|sd|CI|p [=<]/, said);
      continue;
    }
    assert.ok(low !== null && high !== null && pValue !== null);
    assert.equal(isDecided, low > 0 || high < 0, said);
    if (row.verdict === "pays") assert.ok(low > 0, said);
    if (row.verdict === "penalizes") assert.ok(high < 0, said);
    assert.equal(pValue < 0.05, isDecided, `p and interval agree: ${said}`);
    const found = /CI (−?[\d.]+) to (−?[\d.]+), p/.exec(said)!;
    assert.ok(found, said);
    const [shownLow, shownHigh] = [found[1]!, found[2]!].map((text) => Number(text.replace("−", "-")));
    assert.ok(
      Math.abs(shownLow! - low) <= 0.1 * (high - low) && Math.abs(shownHigh! - high) <= 0.1 * (high - low),
      said,
    );
  }
});

test("the opposite effect has the opposite verb and the same numbers with the other sign", () => {
  const opposite = { pays: "penalizes", penalizes: "pays" } as Record<string, string>;
  for (let seed = 0; seed < 40; seed += 1) {
    const [size, noise] = [0.05 * (seed % 9), 0.5];
    const one = mainRow(effectsIn({ seed, treated: size, untreated: size, noise }));
    const other = mainRow(effectsIn({ seed, treated: -size, untreated: -size, noise: -noise }));
    assert.equal(other.verdict, opposite[one.verdict!] ?? one.verdict);
    const [up, down] = [shownEstimate(one), shownEstimate(other)];
    for (const off of [down.low! + up.high!, down.value! + up.value!, down.pValue! - up.pValue!])
      assert.ok(Math.abs(off) < 1e-12);
  }
});

test("a sentence of each state", () => {
  assert.match(
    answer(effectsIn()),
    /^org\/model pays for length: ATE \+0\.\d+ sd \(95 % CI 0\.\d+ to 0\.\d+, p < 0\.0001, n = 100\); the naive comparison says [+−]0\.\d+\.$/,
  );
  assert.match(
    answer(effectsIn({ treated: -0.4, untreated: -0.4 })),
    /^org\/model penalizes length: ATE −0\.\d+ sd \(/,
  );
  assert.match(
    answer(effectsIn({ treated: 0, untreated: 0, noise: 0.05, seed: 3 })),
    /^org\/model has a negligible effect of length: ATE/,
  );
  assert.match(
    answer(effectsIn({ treated: 0, untreated: 0, noise: 1.5, n: 40 })),
    /^org\/model leaves the effect of length undecided: ATE/,
  );
  assert.match(
    answer(effectsIn({ n: 6 })),
    /^org\/model: unusable, no answer about length: 6 examples are too few/,
  );
});

test("a decided effect that is all within the negligible limit is said to be small", () => {
  const tiny = effectsIn({ treated: 0.02, untreated: 0.02, noise: 0.01 });
  assert.match(answer(tiny), /pays for length, by less than 0\.1 sd \(negligible\): ATE \+0\.0\d+ sd/);
  const strict = effectsIn({ treated: 0.02, untreated: 0.02, noise: 0.01, options: { negligible: 0.001 } });
  assert.doesNotMatch(answer(strict), /by less than/);
});

test("a sentence names the responses that it is about, by the attribute's labels", () => {
  assert.match(
    answer(effectsIn({ arms: "treated" })),
    /pays for length among responses that are “longer”: ATT/,
  );
  assert.match(answer(effectsIn({ arms: "untreated" })), /among responses that are “shorter”: ATU/);
  assert.match(answer(effectsIn({ arms: "treated", labels: null })), /among responses that are w = 1: ATT/);
  assert.doesNotMatch(answer(effectsIn()), /among/);
  const uncounted = effectsIn();
  const estimates = uncounted.estimates.map((row) => ({ ...row, n_treated: 0, n_untreated: 0 }));
  assert.match(answer({ ...uncounted, estimates }), /pays for length: ATE/);
});

test("arms that cancel are said, and a naive number that rests on other rows names its n", () => {
  const cancelling = answer(effectsIn({ treated: 0.5, untreated: -0.5, n: 200 }));
  assert.match(
    cancelling,
    /opposite signs and cancel: ATT \+0\.\d+ sd among “longer”, ATU −0\.\d+ sd among “shorter”/,
  );
  assert.doesNotMatch(answer(effectsIn({ treated: 0.5, untreated: 0.3, n: 200 })), /cancel/);
  assert.match(answer(effectsIn({ withoutOriginal: 30 })), /the naive comparison says \S+ \(n = 70\)\.$/);
  assert.doesNotMatch(answer(effectsIn()), /comparison says \S+ \(n/);
  assert.match(answer(effectsIn({ withoutOriginal: 100 })), /no naive comparison: no original has a reward/);
});

test("digits show the width of an interval, and never make an end that is not 0 look like 0", () => {
  for (const [low, high] of [
    [0.0027, 0.0031],
    [-0.0057, -0.0033],
    [0.0012, 0.31],
    [1e-7, 3e-7],
    [-0.4, 0.04],
    [12345.1, 12345.3],
    [2.5e-13, 2.6e-13],
  ] as const) {
    const text = interval(low, high);
    const [from, to] = text.split(" to ");
    assert.notEqual(from, to, text);
    assert.doesNotMatch(text, /(^|to )−?0\.0+( |$)/, text);
    assert.ok(digitsFor(low, high) >= 2);
  }
  assert.equal(interval(-0.386, 0.041), "−0.39 to 0.04");
});

test("every state has a word and a mark of its own", () => {
  const signs = Object.keys(VERDICT_SIGNS).map((verdict) =>
    verdictSign(verdict as keyof typeof VERDICT_SIGNS),
  );
  assert.equal(new Set(signs.map((sign) => sign[0])).size, signs.length);
  assert.equal(verdictSign(null), "–");
});

test("many results are counted by their states", () => {
  const model = (rewardKey: string, size: number, n = 100): EffectsFile =>
    effectsIn({ rewardKey, treated: size, untreated: size, n });
  const [said] = overview([model("a", 0.5), model("b", 0.6), model("c", -0.5), model("d", 0.5, 5)]);
  assert.match(
    said!,
    /^length: of 4 results ▲ 2 pay for it, ▼ 1 penalizes it, ⊘ 1 is unusable: from −0\.\d\d sd \(c\) to \+0\.\d\d sd \(b\)\.$/,
  );
});
