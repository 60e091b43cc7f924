import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { parquetWriteFile } from "hyparquet-writer";
import { openSource } from "../../../src/datasets/sources/source.js";
import { bytesOf } from "../../../src/storage/examples/lines.js";
import { collectColumns, readScored } from "../../../src/storage/examples/scored.js";
import { readRecords, readStored } from "../../../src/storage/examples/stored.js";
import { emptyFolder } from "../../support/folders.js";
import { hub } from "../../support/hub.js";

const example = (id: string | undefined, extra: object = {}) => ({
  ...(id !== undefined && { id }),
  w_original: true,
  reward_question: "q",
  completions: { original: "a", rewrite: "b", "rewritten rewrite": "c" },
  m: { original: 1, rewrite: 2, "rewritten rewrite": 3 },
  ...extra,
});

function file(t: TestContext, name: string, content: string | Uint8Array): string {
  const path = join(emptyFolder(t), name);
  writeFileSync(path, content);
  return path;
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const lines = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

test("the same examples are read from lines, from one object, packed, and with a byte order mark", async (t) => {
  const asLines = lines(example("x"), example("y"));
  const keyed = { x: example(undefined), y: example(undefined) };
  const files = [
    file(t, "a.jsonl", asLines),
    file(t, "b.json", JSON.stringify(keyed)),
    file(t, "c.json", JSON.stringify(keyed, null, 2)),
    file(t, "d.jsonl", JSON.stringify(keyed)),
    file(t, "e.jsonl.gz", gzipSync(asLines)),
    file(t, "f.jsonl", `\ufeff${asLines.trimEnd().replaceAll("\n", "\r\n\r\n")}`),
    file(t, "g.json", asLines),
  ];
  for (const path of files) {
    const found = await all(readStored(path));
    assert.deepEqual(
      found.map(({ id, completions }) => [id, completions.rewrite]),
      [
        ["x", "b"],
        ["y", "b"],
      ],
      path,
    );
  }
});

test("a byte order mark is passed over however the bytes arrive", async (t) => {
  const path = file(t, "a.jsonl", "\ufeff{}\n");
  for (const size of [1, 2, 3, 4]) {
    const pieces = await all(bytesOf(path, size));
    assert.equal(Buffer.concat(pieces).toString(), "{}\n");
  }
  assert.deepEqual(await all(bytesOf(file(t, "b.jsonl", new Uint8Array([0xef, 0xbb])))), [
    Buffer.from([0xef, 0xbb]),
  ]);
});

test("one object over several blocks is read piece by piece; a torn one is an error", async (t) => {
  const many = Object.fromEntries(
    Array.from({ length: 3000 }, (_, i) => [`k${i}`, example(undefined, { long: '"},{'.repeat(200), n: i })]),
  );
  const text = JSON.stringify(many, null, 1);
  const found = await all(readRecords(file(t, "a.json", text)));
  assert.deepEqual(Object.fromEntries(found.map(({ id, record }) => [id, record])), many);
  await assert.rejects(
    all(readRecords(file(t, "b.json", text.slice(0, -2000)))),
    /b\.json: ends in the middle/,
  );
  await assert.rejects(
    all(readRecords(file(t, "c.json", '{"a": {"completions": {}}, "b": 5\n}'))),
    /c\.json: example "b": expected an example/,
  );
});

test("lines without ids have their number, blank lines aside", async (t) => {
  const path = file(t, "a.jsonl", `${lines(example(undefined))}\n${lines(example(undefined))}`);
  assert.deepEqual(
    (await all(readRecords(path))).map(({ id }) => id),
    ["0", "1"],
  );
});

test("a line longer than what is read at once stays whole", async (t) => {
  const long = "é".repeat(3_000_000);
  const path = file(t, "a.jsonl", lines(example("x", { long }), example("y")));
  const [first, second] = await all(readRecords(path));
  assert.equal(first!.record.long, long);
  assert.equal(second!.id, "y");
});

for (const [what, content, message] of [
  ["a broken line", `${lines(example("x"))}{"id": "y", \n`, /a\.jsonl:2: is not JSON .* begins "\{\\"id/],
  [
    "a line that is no object",
    `${lines(example("x"))}[1]\n`,
    /a\.jsonl:2: expected an example \(a JSON object\), found \[1\]/,
  ],
  [
    "an id that stands twice",
    lines(example("x"), example("x")),
    /a\.jsonl:2: the id "x" stands a second time/,
  ],
  [
    "a W that is no truth value",
    lines(example("x", { w_original: "maybe" })),
    /a\.jsonl:1: w_original: expected true or false \(or yes and no, 1 and 0\), found "maybe"/,
  ],
  [
    "a missing W",
    lines(example("x", { w_original: undefined })),
    /a\.jsonl:1: w_original: expected true or false .*, found nothing; name the column .*--columns treated=COLUMN/,
  ],
  [
    "a reward that is no number",
    lines(example("x", { m: { original: 1, rewrite: "high", "rewritten rewrite": 3 } })),
    /a\.jsonl:1: m\.rewrite: expected a number \(null or NaN for a missing reward\), found "high"/,
  ],
  [
    "a reward that is true",
    lines(example("x", { m: { original: 1, rewrite: true, "rewritten rewrite": 3 } })),
    /a\.jsonl:1: m\.rewrite: expected a number .*, found true/,
  ],
  [
    "a file of missing rewards alone",
    lines(example("x", { m: { original: 1, rewrite: 2 } })),
    /a\.jsonl: no example has rewards of both rewrites under "m" \(1 with w = 1 and 0 with w = 0 lack them\)/,
  ],
  [
    "a flip that is no truth value",
    lines(example("x", { w_rewrite: 2 })),
    /a\.jsonl:1: w_rewrite: expected true or false .*, found 2/,
  ],
  [
    "rewards that are a number",
    lines(example("x"), example("y", { m: 5 })),
    /a\.jsonl:2: m: expected an object of rewards, found 5/,
  ],
  ["an empty file", "", /a\.jsonl: holds no examples/],
] as const) {
  test(`${what} is an error that names the place`, async (t) => {
    const path = file(t, "a.jsonl", content);
    await assert.rejects(readScored(path, { rewardKey: "m" }), message);
  });
}

test("a wrong reward key lists those that exist", async (t) => {
  const path = file(
    t,
    "a.jsonl",
    lines(example("x", { "org/model": { rewrite: 1, "rewritten rewrite": 2 } })),
  );
  await assert.rejects(
    readScored(path, { rewardKey: "org/modle" }),
    /no scores under "org\/modle"; did you mean org\/model\?\nreward keys in the file: m, org\/model/,
  );
  await assert.rejects(readScored(path, { rewardKey: "note" }), /no scores under "note"/);
  await assert.rejects(
    readScored(path, { rewardKey: null }),
    /several reward models; say which with --reward-key \(m, org\/model\)/,
  );
});

test("a missing reward, however it is spelled, leaves its example out, which is counted by arm", async (t) => {
  const rewards = (value: string) =>
    lines(example("x"))
      .replace(":2,", `:${value},`)
      .replace('"x"', `"${value.replaceAll('"', "")}"`);
  const spelled = ["NaN", "Infinity", "-Infinity", "null", "1e999", '"nan"', '"NA"', '""', '"-inf"'];
  const path = file(t, "a.jsonl", lines(example("whole")) + spelled.map(rewards).join(""));
  const found = await readScored(path, { rewardKey: null });
  assert.equal(found.table.treated.length, 1);
  assert.deepEqual(found.failures, { "missing reward": { treated: spelled.length, untreated: 0 } });
  assert.deepEqual(found.withoutRewards, { treated: spelled.length, untreated: 0 });
  assert.deepEqual(
    await collectColumns(path, { rewardKey: "m" }).then(({ columns }) => columns.failures),
    found.failures,
  );
});

test("examples without rewards are counted by arm; missing originals are kept; clusters may be nested", async (t) => {
  const path = file(
    t,
    "a.jsonl",
    lines(
      example("x", { meta: { group: "a" }, w_rewrite: false, w_rewritten_rewrite: false }),
      example("y", { m: undefined, w_original: false, meta: { group: "a" } }),
      example("z", { m: { original: null, rewrite: 0, "rewritten rewrite": 0 }, meta: { group: 7 } }),
    ),
  );
  const found = await readScored(path, { rewardKey: null, clusterBy: "meta.group" });
  assert.deepEqual([found.idOf(0), found.idOf(1)], ["x", "z"]);
  assert.deepEqual(found.withoutRewards, { treated: 0, untreated: 1 });
  assert.deepEqual([...found.table.original], [1, Number.NaN]);
  assert.deepEqual([...found.table.clusters!], [0, 1]);
  assert.deepEqual(found.flips?.rewrite.toUntreated, { succeeded: 1, of: 1 });
  assert.deepEqual(found.flips?.rewriteOfRewrite.toTreated, { succeeded: 0, of: 1 });
});

test("rows come from JSONL, JSON, CSV and Parquet alike", async (t) => {
  const folder = emptyFolder(t);
  mkdirSync(join(folder, "sub"));
  const rows = [
    { id: "1", text: 'says "hi", twice\nand more' },
    { id: "2", text: "{w_counterfactual_string} ünï" },
  ];
  writeFileSync(join(folder, "a.jsonl"), lines(...rows));
  writeFileSync(join(folder, "a.json"), JSON.stringify(rows));
  writeFileSync(
    join(folder, "keyed.json"),
    JSON.stringify({ 1: { text: rows[0]!.text }, 2: { text: rows[1]!.text } }),
  );
  writeFileSync(
    join(folder, "a.csv"),
    `id,text\n1,"says ""hi"", twice\nand more"\n2,{w_counterfactual_string} ünï\n`,
  );
  parquetWriteFile({
    filename: join(folder, "a.parquet"),
    columnData: ["id", "text"].map((name) => ({
      name,
      data: rows.map((row) => row[name as "id" | "text"]),
      type: "STRING" as const,
    })),
  });
  for (const name of ["a.jsonl", "a.json", "keyed.json", "a.csv", "a.parquet"]) {
    const found = await all(openSource({ kind: "file", path: name }, { projectDirectory: folder, hub }));
    assert.deepEqual(
      found.map(({ row }) => ({ ...row })),
      rows,
      name,
    );
  }
  const last = await all(
    openSource({ kind: "file", path: "a.csv", take: { last: 1 } }, { projectDirectory: folder, hub }),
  );
  assert.deepEqual(
    last.map(({ row }) => row.id),
    ["2"],
  );
  await assert.rejects(
    all(openSource({ kind: "file", path: "a.xlsx" }, { projectDirectory: folder, hub })),
    /a\.xlsx: there is no such file/,
  );
});

test("the review sentences are distinct, labelled and about three thousand", async () => {
  const rows = await all(openSource({ kind: "review_sentences" }, { projectDirectory: "/", hub }));
  assert.ok(rows.length > 2900, String(rows.length));
  assert.equal(new Set(rows.map(({ row }) => row.text)).size, rows.length);
  assert.equal(new Set(rows.map(({ row }) => row.id)).size, rows.length);
  assert.ok(rows.every(({ row }) => String(row.text).trim() !== "" && typeof row.positive === "boolean"));
});
