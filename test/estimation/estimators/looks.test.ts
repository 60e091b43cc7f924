import assert from "node:assert/strict";
import { test } from "node:test";
import { alphaSpent, levelsOfLooks } from "../../../src/estimation/estimators/looks.js";
import { normalQuantile } from "../../../src/estimation/numeric/normal.js";
import { randomStream } from "../../../src/estimation/numeric/random.js";

test("α is spent as 2 − 2Φ(z/√t), all of it at the end", () => {
  // 2 · (1 − Φ(1.959964/√0.2)) and 2 · (1 − Φ(1.959964/√0.8)) as erfc(z/√(2t)) by Python's math.erfc.
  assert.ok(Math.abs(alphaSpent(0.05, 0.2) - 1.172644684252118e-5) < 1e-15);
  assert.ok(Math.abs(alphaSpent(0.05, 0.8) - 0.02842963075307273) < 1e-13);
  for (const alpha of [0.01, 0.05, 0.2]) assert.ok(Math.abs(alphaSpent(alpha, 1) - alpha) < 1e-12);
});

test("one look has all of α, and the borders of five are those of the published tables", () => {
  assert.ok(Math.abs(levelsOfLooks(0.05, 1)[0]! - 0.05) < 1e-12);
  // O'Brien–Fleming-type spending, one-sided α = 0.025, five equal looks: Jennison and Turnbull (2000), chapter 7; also gsDesign's sfLDOF.
  const borders = levelsOfLooks(0.025, 5).map((level) => normalQuantile(1 - level));
  for (const [index, border] of [4.8769, 3.3569, 2.6803, 2.2898, 2.031].entries())
    assert.ok(Math.abs(borders[index]! - border) < 2e-4, `look ${index + 1}: ${borders[index]}`);
});

test("levels rise from look to look and sum to more than α, since looks share their data", () => {
  for (const looks of [2, 3, 8, 20]) {
    const levels = levelsOfLooks(0.05, looks);
    assert.equal(levels.length, looks);
    for (let look = 1; look < looks; look += 1) assert.ok(levels[look]! > levels[look - 1]!);
    assert.ok(levels.at(-1)! < 0.05);
    assert.ok(levels.reduce((sum, level) => sum + level, 0) > 0.05);
  }
});

test("a random walk crosses any of the borders in a share α; without spending, five looks cross in 13 to 15 %", () => {
  const [looks, alpha, walks] = [5, 0.05, 40_000];
  const random = randomStream(7, 1);
  const uniform = () => (random() + 0.5) / 2 ** 32;
  const spending = levelsOfLooks(alpha, looks).map((level) => normalQuantile(1 - level));
  const always = spending.map(() => normalQuantile(1 - alpha));
  const crossed = { spending: 0, always: 0 };
  for (let walk = 0; walk < walks; walk += 1) {
    let total = 0;
    let [one, other] = [false, false];
    for (let look = 1; look <= looks; look += 1) {
      total += normalQuantile(uniform());
      const z = total / Math.sqrt(look);
      one ||= z > spending[look - 1]!;
      other ||= z > always[look - 1]!;
    }
    crossed.spending += Number(one);
    crossed.always += Number(other);
  }
  assert.ok(Math.abs(crossed.spending / walks - alpha) < 0.004, `${crossed.spending / walks}`);
  assert.ok(crossed.always / walks > 0.12 && crossed.always / walks < 0.16, `${crossed.always / walks}`);
});
