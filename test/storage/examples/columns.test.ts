import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { idAt } from "../../../src/storage/examples/ids.js";
import { collectColumns, keysIn, readColumns, readScored } from "../../../src/storage/examples/scored.js";
import type { RowColumns } from "../../../src/storage/examples/scored-rows.js";
import { emptyFolder } from "../../support/folders.js";

/** What must not depend on the way of reading: all but the lines, which only a scan counts. */
function content(columns: RowColumns) {
  const { ids, parts: _, lines: __, line: ___, numbers: ____, ...rest } = columns;
  return { ...rest, ids: [...ids.own.keys()].map((row) => idAt(ids, row)) };
}

const reward = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(null, "NaN", "1.5", "", 1e22, -0.1),
);
const label = fc.constantFrom<unknown>(true, false, 0, 1, "yes", "No", "True");
const rewards = fc.record(
  { original: reward, rewrite: reward, "rewritten rewrite": reward, placebo: reward },
  { requiredKeys: ["rewrite", "rewritten rewrite"] },
);
const texts = fc.record({ original: fc.string(), rewrite: fc.string(), "rewritten rewrite": fc.string() });

/** A record of our own, or one of the shapes that are made elsewhere. */
const record = fc.oneof(
  fc.record(
    {
      w_original: label,
      m: rewards,
      completions: texts,
      w_rewrite: label,
      w_rewritten_rewrite: label,
      other: fc.record({ rewrite: reward }),
      note: fc.jsonValue(),
      constructor: rewards,
      rewrite_failure: fc.record({ step: fc.constant("rewrite"), reason: fc.string() }),
      truncated_texts: fc.constant({ m: 1 }),
    },
    { requiredKeys: ["w_original"] },
  ),
  fc
    .record({ w: label, o: reward, r: reward, rr: reward })
    .map(({ w, o, r, rr }) => ({ treated: w, m_original: o, m_rewrite: r, m_rr: rr })),
  fc
    .record({ w: label, r: reward, rr: reward })
    .map(({ w, r, rr }) => ({ w_original: w, m: { rewrite: r, rewritten_rewrite: rr } })),
);

test("columns scanned in place are those of records read whole, and so are the reward keys", async (t) => {
  const path = join(emptyFolder(t), "a.jsonl");
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 40 }),
      fc.boolean(),
      async (rows, spaced) => {
        const line = (row: object, index: number) =>
          JSON.stringify({ id: `e${index}`, ...row }, null, spaced ? 1 : undefined).replaceAll(/\n */g, " ");
        writeFileSync(path, rows.map((row, index) => `${line(row, index)}\n`).join(""));
        const query = { rewardKey: "m" };
        const [scanned, plain] = [
          await readColumns(path, query, true),
          await collectColumns(path, query, true),
        ];
        assert.deepEqual(content(scanned.columns), content(plain.columns));
        // The asked key need not be looked for.
        assert.deepEqual(new Set([...scanned.keys, "m"]), new Set([...plain.keys, "m"]));
      },
    ),
    { numRuns: 300 },
  );
});

test("reward keys come from all rows, however late, nested or flat, and none is taken for one that is not", async (t) => {
  const folder = emptyFolder(t);
  const own = (index: number, more: object) =>
    `${JSON.stringify({ id: `e${index}`, w_original: index % 2 === 0, meta: { rewrite: { step: 1 } }, stars: index, m: { original: 1, rewrite: 2, "rewritten rewrite": 3 }, ...more })}\n`;
  const many = Array.from({ length: 3000 }, (_, index) => own(index, {})).join("");
  const late = {
    nested: { late: { original: 1, rewrite: null, "rewritten rewrite": 2 } },
    flat: { late_original: 1, late_rewrite: 0.5, late_rewritten_rewrite: 2 },
    spelled: { late: { orig: 1, rewrite: 1, rewritten_rewrite: 3 } },
    constructor: { constructor: { rewrite: 1, "rewritten rewrite": 3 } },
    // JSON.parse makes this an own field; a literal would set the prototype.
    prototype: JSON.parse('{"__proto__": {"rewrite": 1, "rewritten rewrite": 3}}'),
  };
  for (const [name, more] of Object.entries(late)) {
    const path = join(folder, `${name}.jsonl`);
    writeFileSync(path, many + own(3000, more));
    const key = { constructor: "constructor", prototype: "__proto__" }[name] ?? "late";
    assert.deepEqual(await keysIn(path), new Set(["m", key]), name);
    await assert.rejects(readScored(path, { rewardKey: null }), {
      message: `${path}: holds scores of several reward models; say which with --reward-key (m, ${key})`,
    });
    assert.equal((await readScored(path, { rewardKey: "m" })).table.treated.length, 3001);
    if (name === "nested") continue;
    const found = await readScored(path, { rewardKey: key });
    assert.deepEqual(
      [found.table.treated.length, found.withoutRewards],
      [1, { treated: 1500, untreated: 1500 }],
    );
  }
  const one = join(folder, "one.jsonl");
  writeFileSync(one, many);
  assert.equal((await readScored(one, { rewardKey: null })).rewardKey, "m");
  for (const key of ["constructor", "toString", "__proto__"])
    await assert.rejects(readScored(one, { rewardKey: key }), {
      message: new RegExp(`has no scores under "${key}"`),
    });
});

test("more names than can be watched for are read all the same", async (t) => {
  const path = join(emptyFolder(t), "a.jsonl");
  const line = (index: number) =>
    JSON.stringify({ [`e${index}`]: { w_original: index % 2, m: { rewrite: 1, "rewritten rewrite": 2 } } });
  writeFileSync(path, Array.from({ length: 5000 }, (_, index) => `${line(index)}\n`).join(""));
  assert.deepEqual(await keysIn(path), new Set(["m"]));
  const { table, idOf } = await readScored(path, { rewardKey: null });
  assert.deepEqual([table.treated.length, idOf(4999)], [5000, "e4999"]);
});
