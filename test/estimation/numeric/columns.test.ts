import assert from "node:assert/strict";
import { test } from "node:test";
import {
  differencesByArm,
  farthest,
  signsOf,
  squaresAround,
} from "../../../src/estimation/numeric/columns.js";
import { gaussian, randomStream } from "../../../src/estimation/numeric/random.js";
import {
  sum,
  sumInTwo,
  sumOfProductsAround,
  sumOfSquaresAround,
} from "../../../src/estimation/numeric/sum.js";

const columnsOf = (length: number) => {
  const random = randomStream(1, length);
  const column = () => Float64Array.from({ length }, () => Math.round(8 * gaussian(random)) / 8);
  return { treated: Uint8Array.from({ length }, () => random() & 1), one: column(), other: column() };
};

test("columns are split by arm in their order, and their ends and signs are found", () => {
  for (const length of [0, 1, 2, 501]) {
    const { treated, one, other } = columnsOf(length);
    if (length > 1) other[1] = Number.NaN;
    const rows = [...one.keys()];
    const ofArm = (arm: number) => rows.filter((row) => treated[row] === arm);
    assert.deepEqual(
      differencesByArm(treated, one, other),
      [0, 1].map((arm) => Float64Array.from(ofArm(arm), (row) => one[row]! - other[row]!)),
    );
    assert.deepEqual(
      differencesByArm(treated, one, new Float64Array(length), 0.5, 4),
      [0, 1].map((arm) => Float64Array.from(ofArm(arm), (row) => (one[row]! - 0.5) / 4)),
    );
    assert.deepEqual(
      squaresAround(one, 0.3),
      one.map((value) => (value - 0.3) ** 2),
    );
    assert.equal(farthest(one, 0.3), Math.max(0, ...one.map((value) => Math.abs(value - 0.3))));
    assert.deepEqual(signsOf(one), {
      positive: one.filter((value) => value > 0).length,
      zero: one.filter((value) => value === 0).length,
    });
  }
});

test("sums are exact where plain ones lose what is small beside the total", () => {
  const { one, other } = columnsOf(2000);
  // Eighths add up without rounding, whatever the order.
  const total = one.reduce((all, value) => all + value, 0);
  assert.equal(sum(one), total);
  assert.equal(sum(one, 0.5), total - 1000);
  assert.equal(
    sumOfSquaresAround(one, 0.5),
    one.reduce((all, value) => all + (value - 0.5) ** 2, 0),
  );
  assert.equal(
    sumOfProductsAround(one, 0.5, other, 0.25),
    one.reduce((all, value, row) => all + (value - 0.5) * (other[row]! - 0.25), 0),
  );
  // 10¹⁶ hides ones.
  const values = new Float64Array(3000).fill(1);
  values[0] = 1e16;
  values[2999] = -1e16;
  assert.equal(sum(values), 2998);
  const [plain, lost] = sumInTwo(values);
  assert.notEqual(plain, 2998);
  assert.equal(plain + lost, 2998);
});
