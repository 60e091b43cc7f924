import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { RateError } from "../../../src/domain/errors.js";
import { checked, readJson, readValid } from "../../../src/storage/readers/json-file.js";
import { readSmall } from "../../../src/storage/readers/small-file.js";
import { emptyFolder } from "../../support/folders.js";

const KIND = { what: "a list of jobs", most: 1 << 20, advice: "move it away" };
const schema = z.object({ "the jobs": z.array(z.object({ id: z.string(), of: z.number() })) });

const TEXT = `{
  "about": { "the jobs": [{ "id": 5 }], "text": "\\"the jobs\\": [ü" },
  "the jobs": [
    { "id": "ü}", "of": 1 },
    {
      "id": "b",
      "of": 2
    }
  ]
}
`;

for (const [name, text, message] of [
  [
    "a value of another type",
    TEXT.replace('"of": 2', '"of": "2"'),
    /a\.json:7: is not a list of jobs \(the jobs\.1\.of: .*number.*\); move it away$/,
  ],
  [
    "a field that is missing, by what is around it",
    TEXT.replace('"id": "b",\n', ""),
    /a\.json:5: is not a list of jobs \(the jobs\.1\.id: /,
  ],
  [
    "several faults, by the first one's line",
    TEXT.replace("1", "null").replace('"b"', "[]"),
    /a\.json:4: .*\(the jobs\.0\.of: .*; the jobs\.1\.id: /,
  ],
  [
    "a key that stands twice, by the last",
    TEXT.replace(/\n}\n$/, ',\n  "the jobs": 1}'),
    /a\.json:10: .*\(the jobs: /,
  ],
  ["another value altogether", "\n[]", /a\.json:2: is not a list of jobs \(the file: /],
  [
    "a comma too few",
    TEXT.replace('"b",', '"b"'),
    /a\.json:7: is not a list of jobs \(.*JSON.*\); move it away$/,
  ],
  ["half a file", TEXT.slice(0, 150), /a\.json:\d+: is not a list of jobs \(.*JSON.*\)/],
  ["nothing", "", /a\.json:1: is not a list of jobs \(Unexpected end of JSON input\)/],
] as const) {
  test(`${name} is refused with file, line and field`, async (t) => {
    const path = join(emptyFolder(t), "a.json");
    writeFileSync(path, text);
    await assert.rejects(
      readJson(path, KIND).then((file) => checked(file, schema)),
      (error) => error instanceof RateError && message.test(error.message) && error.message.startsWith(path),
    );
  });
}

test("a mark at the beginning is no fault, and what a value lies in is said", async (t) => {
  const path = join(emptyFolder(t), "a.json");
  writeFileSync(path, `\ufeff${TEXT}`);
  const file = await readJson(path, KIND);
  assert.deepEqual(checked(file, schema)["the jobs"].length, 2);
  assert.throws(
    () => checked(file, z.object({ of: z.string() }), ["the jobs", 0]),
    /a\.json:4: .*\(the jobs\.0\.of: /,
  );
});

test("any value's line is found", () => {
  const path = "a.json";
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.jsonValue(), fc.string())),
      fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
      (before, around) => {
        const value = { ...around, wanted: [...before, { x: true }] };
        const text = JSON.stringify(value, null, 1);
        const line = text.slice(0, text.lastIndexOf('"x": true')).split("\n").length;
        const wanted = z.object({ wanted: z.array(z.unknown()) });
        const last = z.object({ x: z.string() });
        const file = { path, kind: KIND, text, value };
        checked(file, wanted);
        assert.throws(() => checked(file, last, ["wanted", before.length]), {
          message: new RegExp(`^a\\.json:${line}: .*\\(wanted\\.${before.length}\\.x: `),
        });
      },
    ),
  );
});

test("what is too large, or cannot be read, is refused by name, and a device without end too", async (t) => {
  const folder = emptyFolder(t);
  const path = join(folder, "a.json");
  writeFileSync(path, " ".repeat(KIND.most + 1));
  const large = /cannot be read \(more than 1 MiB are too many for a list of jobs\); move it away/;
  await assert.rejects(readSmall(path, KIND), large);
  await assert.rejects(readSmall("/dev/zero", KIND), large);
  await assert.rejects(readSmall(folder, KIND), /cannot be read \(EISDIR/);
  await assert.rejects(readSmall(join(folder, "none"), KIND), /none: cannot be read \(ENOENT/);
});

test("what is not what it should be is passed over and told, a bug is not", async () => {
  const told: string[] = [];
  const read = async (path: string) => {
    if (path === "bad") throw new RateError("input", "bad: is bad");
    if (path === "bug") throw new TypeError("a bug");
    return path;
  };
  assert.deepEqual(await readValid(["a", "bad", "b"], read, ({ message }) => told.push(message)), ["a", "b"]);
  assert.deepEqual(told, ["bad: is bad"]);
  await assert.rejects(
    readValid(["bug"], read, () => undefined),
    TypeError,
  );
});
