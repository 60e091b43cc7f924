import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { findResults } from "../../../src/estimation/stage/results.js";
import { exportTable } from "../../../src/reporting/stage/export.js";
import { chooseExamples } from "../../../src/reporting/stage/report-examples.js";
import { combineFiles } from "../../../src/scoring/stage/combine.js";
import { keysIn, readScored } from "../../../src/storage/examples/scored.js";
import { readRecords } from "../../../src/storage/examples/stored.js";
import { Project } from "../../../src/storage/project/project.js";
import { ExampleFile } from "../../../src/viewer/server/example-file.js";
import { emptyFolder } from "../../support/folders.js";
import { scores, shapesOf } from "../../support/shapes.js";

const ROWS = scores(20);
const ATE = 0.4;

test("scores made elsewhere give the same numbers in every shape, through all that reads them", async (t) => {
  const folder = emptyFolder(t);
  const project = await Project.open(folder);
  const paths = shapesOf(folder, ROWS);
  let csv: string | null = null;
  for (const [name, path] of Object.entries(paths)) {
    // Files that name no model have the name that is asked for.
    const [{ result }] = (await findResults([path], ["m"], project).catch(async () => {
      const [key] = await keysIn(path);
      assert.match(key!, /^(?:reward|score)$/, name);
      return findResults([path], null, project);
    })) as [Awaited<ReturnType<typeof findResults>>[number]];
    const main = result.estimates.find((row) => row.estimator === "rate" && row.estimand === "ate")!;
    assert.ok(Math.abs(main.value! - ATE) < 1e-9, `${name}: ${main.value}`);
    assert.equal(main.n, 20, name);
    const { table, idOf } = await readScored(path, { rewardKey: "m" });
    assert.deepEqual([table.treated.length, idOf(3)], [20, "e3"], name);
    assert.deepEqual(
      [...table.original],
      ROWS.map(({ original }) => original),
      name,
    );

    const output = join(folder, "out.csv");
    const work = { files: [path], output, estimates: false, rewardKeys: ["m"], concept: null };
    assert.equal(await exportTable(work, project), 20, name);
    // The rows hold the file's name.
    const rows = (await readFile(output, "utf8")).replaceAll(name, "");
    csv ??= rows;
    assert.equal(rows, csv, name);

    const { counts, examples } = await chooseExamples(path, [result], 2);
    assert.deepEqual([counts, examples], [{ treated: 10, untreated: 10 }, []], name);

    const shown = new ExampleFile(path, "table");
    await shown.refresh();
    await shown.settled();
    assert.equal(shown.failure, null, name);
    const [model] = [...shown.columns.rewards.keys()];
    assert.equal(shown.columns.rows, 20, name);
    assert.ok(Math.abs(shown.columns.difference(3, model!) - ATE) < 1e-9, name);
    await shown.close();
  }
  const combined = await combineFiles(Object.values(paths).slice(0, 12), join(folder, "all.jsonl"), project);
  assert.deepEqual([combined.examples, combined.joined], [20, 20]);
});

test("columns without a usual name are named by the call", async (t) => {
  const path = join(emptyFolder(t), "a.csv");
  const line = ({ id, treated, original, rewrite, rewriteOfRewrite }: (typeof ROWS)[number]) =>
    [id, treated ? "TRUE" : "FALSE", original, rewrite, rewriteOfRewrite].join(",");
  await writeFile(path, `id,is_long,r_orig,r_1,r_2\n${ROWS.map(line).join("\n")}\n`);
  const columns = { original: "r_orig", rewrite: "r_1", rewritten_rewrite: "r_2", treated: "is_long" };
  const { table, rewardKey } = await readScored(path, { rewardKey: null, columns });
  assert.deepEqual([table.treated.length, rewardKey], [20, "reward"]);
  assert.equal((await readScored(path, { rewardKey: "org/m", columns })).rewardKey, "org/m");
  await assert.rejects(readScored(path, { rewardKey: null }), {
    message: `${path}: holds no scores that are understood (fields: id, is_long, r_orig, r_1, r_2); name the columns of the rewards and of W: --columns original=COLUMN,rewrite=COLUMN,rewritten_rewrite=COLUMN,treated=COLUMN`,
  });
});

test("a table may hold several models, texts and missing rewards", async (t) => {
  const path = join(emptyFolder(t), "a.csv");
  const head =
    "id,w,original,rewrite,rewritten_rewrite,length_original,length_rewrite,length_rr,org/a.original,org/a.rewrite,org/a.rr,b_original,b_rewrite,b_rr";
  const rows = ["x,1,one,two,three,3,3,5,1,2,3,nan,0,1", "y,0,one,two,three,3,3,5,1,,3,2,-inf,1"];
  await writeFile(path, `${head}\n${rows.join("\n")}\n`);
  assert.deepEqual(await keysIn(path), new Set(["org/a", "b"]));
  const a = await readScored(path, { rewardKey: "org/a" });
  assert.deepEqual(
    [[...a.table.treated], a.failures],
    [[1], { "missing reward": { treated: 0, untreated: 1 } }],
  );
  const b = await readScored(path, { rewardKey: "b" });
  assert.deepEqual([[...b.table.original], b.withoutRewards], [[Number.NaN], { treated: 0, untreated: 1 }]);
  for await (const { record } of readRecords(path))
    assert.deepEqual(record.completions, { original: "one", rewrite: "two", "rewritten rewrite": "three" });
});

test("what cannot be read says what it is", async (t) => {
  const folder = emptyFolder(t);
  const wide = join(folder, "wide.csv");
  const text = "id,w,reward_original,reward_rewrite,reward_rr\ne0,1,1,2,3\n";
  for (const encoding of ["utf16le", "marked"]) {
    const bytes = Buffer.from(text, "utf16le");
    await writeFile(wide, encoding === "marked" ? Buffer.concat([Buffer.from([0xff, 0xfe]), bytes]) : bytes);
    await assert.rejects(
      readScored(wide, { rewardKey: null }),
      /wide\.csv: is in UTF-16; save it as UTF-8 \(iconv -f UTF-16/,
    );
  }
  await writeFile(wide, text.replace(",2,", ",high,"));
  await assert.rejects(
    readScored(wide, { rewardKey: null }),
    /wide\.csv:2: reward\.rewrite: expected a number .*, found "high"/,
  );
  await writeFile(wide, text.replace("e0,1", "e0,maybe"));
  await assert.rejects(
    readScored(wide, { rewardKey: null }),
    /wide\.csv:2: w_original: expected true or false .*, found "maybe"/,
  );
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  for (const read of [() => readScored(pipe, { rewardKey: null }), () => keysIn(pipe)])
    await assert.rejects(
      read,
      /pipe: is a pipe, which can be read only once; save what comes out of it in a file/,
    );
});

test("ids keep their digits, in numbers too, and are joined exactly; ids that do not meet are an error that helps", async (t) => {
  const folder = emptyFolder(t);
  const project = await Project.open(folder);
  const file = async (name: string, key: string, id: (index: number) => string) => {
    const line = (index: number) =>
      `{"id": ${id(index)}, "w_original": ${index % 2 === 0}, "${key}": {"original": 0, "rewrite": 1, "rewritten rewrite": ${index}}}\n`;
    const path = join(folder, name);
    await writeFile(path, Array.from({ length: 20 }, (_, index) => line(index)).join(""));
    return path;
  };
  const digits = (index: number) => String(1234567890123456700n + BigInt(index));
  const numbers = await file("numbers.jsonl", "a", digits);
  const texts = await file("texts.jsonl", "b", (index) => JSON.stringify(digits(index)));
  const { idOf } = await readScored(numbers, { rewardKey: null });
  assert.deepEqual([idOf(0), idOf(19)], ["1234567890123456700", "1234567890123456719"]);
  const output = join(folder, "out.jsonl");
  const result = await combineFiles([numbers, texts], output, project);
  assert.deepEqual([result.examples, result.joined], [20, 20]);
  assert.deepEqual(await keysIn(output), new Set(["a", "b"]));

  const some = await file("some.jsonl", "b", (index) => JSON.stringify(digits(index + 14)));
  const part = await combineFiles([numbers, some], output, project);
  assert.deepEqual([part.examples, part.joined, part.alone], [34, 6, { [numbers]: 14, [some]: 14 }]);

  for (const [name, id, advice] of [
    [
      "rounded.jsonl",
      (index: number) => `"${1234567890123450000n + BigInt(index)}"`,
      /rounds 64-bit numbers/,
    ],
    ["named.jsonl", (index: number) => `"e${index}"`, /give the same examples the same id/],
    ["numbered.jsonl", (index: number) => String(index), /one file has no ids/],
  ] as const) {
    const other = await file(name, "b", id);
    await assert.rejects(combineFiles([numbers, other], output, project), (error: Error) => {
      assert.match(error.message, /no example stands in several of the files, .*"1234567890123456700"/);
      assert.match(error.message, advice);
      return true;
    });
  }
  // Parts of one model's scores have no example in common, and are put together.
  const rest = await file("rest.jsonl", "a", (index) => JSON.stringify(`r${index}`));
  assert.equal((await combineFiles([numbers, rest], output, project)).examples, 40);
});
