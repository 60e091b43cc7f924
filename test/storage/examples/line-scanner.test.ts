import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FOUND, LineScanner } from "../../../src/storage/examples/line-scanner.js";

const FIELDS = {
  outer: ["id", "w", "model"],
  inner: ["original", "rewrite"],
  innerOf: 2,
  plain: { outer: 3, flags: 1, inner: 2 },
};
const ROOM = 1 << 16;

/** Scans a whole text; the values of the wanted fields of each line, by a parse of what the scanner points at. */
function scanned(text: string) {
  const scanner = new LineScanner(FIELDS, ROOM);
  const stop = scanner.start + scanner.bytes.write(text, scanner.start);
  const found = (start: number, end: number) =>
    start < 0 ? undefined : scanner.bytes.toString("utf8", start, end);
  const parsed = (values: readonly (string | undefined)[]) => () =>
    values.map((value) => value && JSON.parse(value));
  const lines: { state: number; outer: () => unknown[]; inner: () => unknown[]; numbers: number[] }[] = [];
  const scan = (from: number) => scanner.scan(from, stop, stop, true, 0);
  for (let state = scan(scanner.start); state !== FOUND.nothing; state = scan(scanner.position)) {
    const [outer, inner] = state === FOUND.object ? [FIELDS.outer, FIELDS.inner] : [[], []];
    lines.push({
      state,
      outer: parsed(outer.map((_, field) => found(scanner.valueStart(field), scanner.valueEnd(field)))),
      inner: parsed(inner.map((_, field) => found(scanner.innerStart(field), scanner.innerEnd(field)))),
      numbers: inner.map((_, field) => scanner.innerNumber(field)),
    });
  }
  return lines;
}

const key = fc.oneof(
  fc.constantFrom("id", "w", "model", "original", "rewrite", "", '"', "\\", 'x","id":"'),
  fc.string(),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, fc.jsonValue(), fc.string({ unit: "binary" }), tie("object")),
  object: fc.dictionary(key, tie("value"), { maxKeys: 6 }),
}));
const record = fc.dictionary(key, value, { maxKeys: 8 });
const space = fc.constantFrom("", " ", "  ", "\t");

test("finds the fields of any object wherever they stand, as a parse does", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(record, space), { minLength: 1, maxLength: 5 }), (records) => {
      // Spaces between the tokens, and a carriage return at the end, change nothing.
      const texts = records.map(([object, gap]) =>
        `${gap}${JSON.stringify(object, null, gap)}`.replaceAll("\n", gap),
      );
      const lines = scanned(`${texts.join("\r\n")}\n`);
      assert.equal(lines.length, records.length);
      for (const [index, [object]] of records.entries()) {
        // A key with escapes is left to a real parse.
        if (lines[index]!.state === FOUND.broken) {
          assert.ok(Object.keys(allKeys(object)).some((name) => JSON.stringify(name).includes("\\")));
          continue;
        }
        const same = JSON.parse(JSON.stringify(object));
        assert.deepEqual(
          lines[index]!.outer(),
          FIELDS.outer.map((name) => (Object.hasOwn(same, name) ? same[name] : undefined)),
        );
        const inner = Object.hasOwn(same, "model") ? same.model : undefined;
        const isObject = typeof inner === "object" && inner !== null && !Array.isArray(inner);
        assert.deepEqual(
          lines[index]!.inner(),
          FIELDS.inner.map((name) => (isObject && Object.hasOwn(inner, name) ? inner[name] : undefined)),
        );
      }
    }),
    { numRuns: 500 },
  );
});

/** The object's own keys and those of its model, which the scanner looks at. */
function allKeys(object: Record<string, unknown>): Record<string, unknown> {
  const { model } = object;
  return { ...object, ...(typeof model === "object" && model !== null ? model : {}) };
}

test("calls a torn line broken, and finds the next one", () => {
  fc.assert(
    fc.property(record, fc.nat(), (object, cut) => {
      const whole = JSON.stringify(object);
      const bytes = Buffer.from(whole);
      const torn = bytes.subarray(0, cut % bytes.length).toString("latin1");
      const [first, second] = scanned(`${torn}\n{"id":"next"}\n`);
      assert.equal(first!.state, torn === "" ? FOUND.blank : FOUND.broken);
      assert.deepEqual(second!.outer()[0], "next");
    }),
  );
  for (const line of [
    '{"id":1} x',
    '{"id" 1}',
    '{"id":1,}',
    '{"id":}',
    "[1]",
    '{"id":1}{"id":2}',
    '{"a":[1}',
  ])
    assert.equal(scanned(`${line}\n`)[0]!.state, FOUND.broken, line);
});

test("of equal keys the last counts", () => {
  const [line] = scanned('{"id":1,"model":{"original":1,"original":2},"id":2}\n');
  assert.deepEqual(line!.outer()[0], 2);
  assert.deepEqual(line!.numbers[0], 2);
});

test("decodes numbers to the last bit, or leaves them", () => {
  const digits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,8})\.[0-9]{1,18}$/);
  const halfway = fc
    .double({ min: 1e-6, max: 1000, noNaN: true })
    .map((low) => ((low + nextDouble(low)) / 2).toFixed(17));
  const number = fc.oneof(
    digits,
    halfway,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.integer().map(String),
  );
  let decoded = 0;
  let all = 0;
  fc.assert(
    fc.property(fc.array(number, { minLength: 100, maxLength: 100 }), (numbers) => {
      const lines = scanned(numbers.map((text) => `{"model":{"original":${text}}}`).join("\n"));
      for (const [index, text] of numbers.entries()) {
        const found = lines[index]!.numbers[0]!;
        all += 1;
        if (Number.isNaN(found)) continue;
        decoded += 1;
        assert.ok(Object.is(found, JSON.parse(text)), `${text} was read as ${found}`);
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(decoded > all / 2, `${decoded} of ${all} numbers were decoded`);
});

function nextDouble(value: number): number {
  const [double, bits] = [new Float64Array([value]), new BigUint64Array(1)];
  new Uint8Array(bits.buffer).set(new Uint8Array(double.buffer));
  bits[0]! += 1n;
  new Uint8Array(double.buffer).set(new Uint8Array(bits.buffer));
  return double[0]!;
}

test("what is no plain number is not taken for one", () => {
  for (const text of ["01", "-", "1.", ".5", "--1", "1.2.3", "true", "1e5", "123456789012345678901", '"1"'])
    assert.ok(Number.isNaN(scanned(`{"model":{"original":${text}}}`)[0]?.numbers[0] ?? Number.NaN), text);
});

test("puts the values of plain lines into columns, and leaves the others", () => {
  const id = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.integer(),
  );
  const flag = fc.constantFrom(true, false, null, "true");
  const number = fc.oneof(fc.integer(), fc.constantFrom(0.5, -1.25, null, "1"));
  const line = fc.record(
    {
      id,
      w: flag,
      again: flag,
      model: fc.record({ original: number, rewrite: number }),
      more: fc.anything(),
    },
    { requiredKeys: ["model"] },
  );
  const fields = { ...FIELDS, outer: ["id", "w", "again", "model", "rare"], innerOf: 3 };
  const plain = { outer: 4, flags: 2, inner: 2 };
  let found = 0;
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (lines) => {
      const scanner = new LineScanner({ ...fields, plain }, ROOM);
      const length = scanner.bytes.write(lines.map((each) => JSON.stringify(each)).join("\n"), scanner.start);
      const stop = scanner.start + length;
      const expected: object[] = [];
      let from = scanner.start;
      for (const line of lines) {
        const { id, w, again, model } = line;
        const isFlag = (value: unknown) => typeof value === "boolean";
        const isPlain =
          typeof id === "string" &&
          Buffer.byteLength(id) <= 64 &&
          !JSON.stringify(id).includes("\\") &&
          isFlag(w) &&
          (again === undefined || isFlag(again)) &&
          Object.values(model).every((value) => typeof value === "number");
        const kept = scanner.kept;
        assert.equal(
          scanner.scan(from, stop, stop, true, kept + 1) === FOUND.full,
          isPlain,
          JSON.stringify(line),
        );
        from = scanner.position;
        if (isPlain)
          expected.push({ id, w: Number(w), again: again === undefined ? 2 : Number(again), ...model });
      }
      assert.equal(scanner.scan(from, stop, stop, true, 1), FOUND.nothing);
      found += expected.length;
      const { count, texts, ends, flags, numbers } = scanner.plainLines();
      const kept = Array.from({ length: count }, (_, row) => ({
        id: Buffer.from(texts).toString("utf8", ends[row - 1] ?? 0, ends[row]),
        w: flags[0]![row],
        again: flags[1]![row],
        original: numbers[0]![row],
        rewrite: numbers[1]![row],
      }));
      assert.deepEqual(kept, expected);
      scanner.clear();
      assert.equal(scanner.plainLines().count, 0);
    }),
    { numRuns: 300 },
  );
  assert.ok(found > 100, `${found} lines were plain`);
});

test("no text goes on over the end of its line, and none holds a control character", () => {
  const [first, second] = scanned('{"id":"a\nb"}\n{"id":"c"}\n');
  assert.equal(first!.state, FOUND.broken);
  assert.equal(second!.state, FOUND.broken);
  for (const line of ['{"id":"a\tb"}', '{"id":["x"\r,\n"y"]}', '{"id":{"x":\n1}}'])
    assert.equal(scanned(line)[0]!.state, FOUND.broken, JSON.stringify(line));
});
