import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Json } from "../../../src/domain/example.js";
import { parseJsonText } from "../../../src/storage/readers/json-text.js";

test("whole numbers too large for a number keep their digits, inside of texts everything stays", () => {
  assert.deepEqual(
    parseJsonText(
      '{"id": 1234567890123456789, "t": "at 1234567890123456789 \\" NaN", "n": [-9223372036854775808, 12]}',
    ),
    { id: "1234567890123456789", t: 'at 1234567890123456789 " NaN', n: ["-9223372036854775808", 12] },
  );
  assert.deepEqual(
    parseJsonText("[1.2345678901234567e30, 0.12345678901234568]"),
    [1.2345678901234567e30, 0.12345678901234568],
  );
});

test("NaN and Infinity, which Python writes, are null; other words are not JSON", () => {
  assert.deepEqual(parseJsonText('{"a": NaN, "b": -Infinity, "c": "NaN", "d": Infinity}'), {
    a: null,
    b: null,
    c: "NaN",
    d: null,
  });
  for (const wrong of ['{"a": NaNs}', "[nan]", '{"a": 0012345678901234567}', '{"a" 12345678901234567}'])
    assert.throws(() => parseJsonText(wrong), SyntaxError, wrong);
});

test("any JSON without long numbers is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.json(), fc.bigInt(10n ** 16n, 10n ** 20n), (text, long) => {
      assert.deepEqual(parseJsonText(text), JSON.parse(text));
      const [first, second] = parseJsonText(`[${text}, ${long}]`) as [Json, Json];
      assert.deepEqual(first, JSON.parse(text));
      assert.equal(String(second), String(long));
    }),
  );
});
