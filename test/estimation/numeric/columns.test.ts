import assert from "node:assert/strict";
import { test } from "node:test";
import {
  contrasts,
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

/** Around the ends of blocks. */
const LENGTHS = [0, 1, 2, 2047, 2048, 2049, 5000];

const columnsOf = (length: number) => {
  const random = randomStream(1, length);
  const column = () => Float64Array.from({ length }, () => Math.round(8 * gaussian(random)) / 8);
  return { treated: Uint8Array.from({ length }, () => random() & 1), one: column(), other: column() };
};

test("columns worked on in blocks are what they are row by row", () => {
  for (const length of LENGTHS) {
    const { treated, one, other } = columnsOf(length);
    if (length > 1) other[1] = Number.NaN;
    const rows = [...one.keys()];
    const difference = (row: number) => one[row]! - other[row]!;
    const ofArm = (arm: number) => rows.filter((row) => treated[row] === arm);
    assert.deepEqual(differencesByArm(treated, one, other), [
      Float64Array.from(ofArm(0), difference),
      Float64Array.from(ofArm(1), difference),
    ]);
    assert.deepEqual(
      differencesByArm(treated, one),
      [0, 1].map((arm) => Float64Array.from(ofArm(arm), (row) => one[row]!)),
    );
    assert.deepEqual(
      contrasts(treated, one, other),
      Float64Array.from(rows, (row) => (treated[row] === 1 ? 1 : -1) * difference(row)),
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

test("sums in blocks go on where the last block ended", () => {
  for (const length of LENGTHS) {
    const { one, other } = columnsOf(length);
    // Eighths add up without rounding, whatever the order.
    assert.equal(
      sum(one),
      one.reduce((total, value) => total + value, 0),
    );
    assert.equal(
      sum(one, 0.5),
      one.reduce((total, value) => total + value - 0.5, 0),
    );
    assert.equal(
      sumOfSquaresAround(one, 0.5),
      one.reduce((total, value) => total + (value - 0.5) ** 2, 0),
    );
    assert.equal(
      sumOfProductsAround(one, 0.5, other, 0.25),
      one.reduce((total, value, row) => total + (value - 0.5) * (other[row]! - 0.25), 0),
    );
  }
  // 10¹⁶ hides ones, also over the end of a block.
  const values = new Float64Array(3000).fill(1);
  values[0] = 1e16;
  values[2999] = -1e16;
  assert.equal(sum(values), 2998);
  const [total, lost] = sumInTwo(values);
  assert.equal(total + lost, 2998);
});
