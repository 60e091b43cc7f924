import assert from "node:assert/strict";
import { test } from "node:test";
import { normalQuantile, normalTwoSided } from "../../../src/estimation/numeric/normal.js";
import { tQuantile, tTwoSided } from "../../../src/estimation/numeric/student-t.js";

function near(actual: number, expected: number, relative = 1e-12): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual} is not ${expected}`);
}

// Values of R 4.2 (qnorm, pnorm, qt, pt) and mpmath, to 15 digits and more.
test("normal quantiles and tails", () => {
  near(normalQuantile(0.975), 1.959963984540054);
  near(normalQuantile(0.995), 2.5758293035489);
  near(normalQuantile(0.0001), -3.71901648545568);
  near(normalTwoSided(1.959963984540054), 0.05);
  near(normalTwoSided(5), 5.733031437583878e-7);
  near(normalTwoSided(-10), 1.523970604832105e-23);
  assert.equal(normalTwoSided(0), 1);
});

test("t quantiles and tails", () => {
  near(tQuantile(0.975, 1), 12.706204736174698);
  near(tQuantile(0.975, 10), 2.2281388519862735);
  near(tQuantile(0.975, 29), 2.045229642132703);
  near(tTwoSided(2.2281388519862735, 10), 0.05);
  near(tQuantile(0.975, 1e7), 1.9599642217830935, 1e-9);
});
