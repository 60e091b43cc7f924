import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mean } from "../../../src/estimation/numeric/moments.js";
import { gaussian, randomStream } from "../../../src/estimation/numeric/random.js";

/** A double as a whole number of 2⁻¹⁰⁷⁴, exactly. */
function units(value: number): bigint {
  const bits = new BigUint64Array(new Float64Array([value]).buffer)[0]!;
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & ((1n << 52n) - 1n);
  const size = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return value < 0 ? -size : size;
}

/** Whether a mean is within its last digit of the true one; of values that cancel, also within what compensation cannot keep. */
function isTrue(found: number, values: readonly number[]): boolean {
  const n = BigInt(values.length);
  const off = units(found) * n - values.reduce((total, each) => total + units(each), 0n);
  const lost = units(values.reduce((total, each) => total + Math.abs(each), 0)) >> 95n;
  return (off < 0n ? -off : off) <= (units(Math.abs(found) * 2 ** -52) + 1n) * n + lost;
}

test("a mean is the true one to the last digit, whatever the scales of the values", () => {
  const value = fc.oneof(
    fc.double({ min: -10, max: 10, noNaN: true }),
    fc.double({ min: 1e8, max: 1e8 + 1, noNaN: true }),
    fc.double({ min: -1e12, max: 1e12, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 2000 }), (values) =>
      isTrue(mean(Float64Array.from(values)), values),
    ),
    { numRuns: 300 },
  );
});

test("so is a mean that is small beside its values", () => {
  for (let stream = 0; stream < 20; stream += 1) {
    const random = randomStream(1, stream);
    const values = Array.from({ length: 10_000 }, () => gaussian(random));
    assert.ok(isTrue(mean(Float64Array.from(values)), values), `stream ${stream}`);
  }
});
