import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openSource } from "../../../src/datasets/sources/source.js";
import { formOf } from "../../../src/storage/examples/form.js";
import { Shape } from "../../../src/storage/examples/layout.js";
import { lineBlocks, unreadOf } from "../../../src/storage/examples/lines.js";
import { readScored } from "../../../src/storage/examples/scored.js";
import { emptyFolder } from "../../support/folders.js";
import { hub } from "../../support/hub.js";

async function drain(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of items) count += 1;
  return count;
}

test("a line that is too long is refused by file and line, one at the limit is not", async (t) => {
  const path = join(emptyFolder(t), "a.jsonl");
  const mebibyte = "x".repeat(1 << 20);
  writeFileSync(path, `first\n${mebibyte.repeat(3)}\nlast\n`);
  assert.ok((await drain(lineBlocks(path, 1 << 18, 3 << 20))) > 1);
  await assert.rejects(drain(lineBlocks(path, 1 << 18, 2 << 20)), {
    message: `${path}:2: has a line of more than 2 MiB, which is too long to be read; is it a file of another kind?`,
  });
});

test("a value is shown again when there is twice as much of it, and refused when it is too long", async (t) => {
  const path = join(emptyFolder(t), "a.json");
  writeFileSync(path, "x".repeat(9 << 20));
  const sizes: number[] = [];
  const read = async (longest: number) => {
    for await (const { bytes } of unreadOf(path, longest)) sizes.push(bytes.length / 2 ** 20);
  };
  await read(16 << 20);
  assert.deepEqual(sizes, [1, 2, 4, 8, 9]);
  await assert.rejects(read(4 << 20), { message: new RegExp(`${path}: has a value of more than 4 MiB`) });
});

test("values of any length come out whole, however the file is read", async (t) => {
  const folder = emptyFolder(t);
  const lengths = [10, 3 << 20, 5, 1 << 20, (2 << 20) + 7, 1];
  const rows = lengths.map((length, index) => ({ id: `r${index}`, text: "ü".repeat(length) }));
  const list = join(folder, "list.json");
  const keyed = join(folder, "keyed.json");
  writeFileSync(list, JSON.stringify(rows, null, 1));
  writeFileSync(keyed, JSON.stringify(Object.fromEntries(rows.map(({ id, text }) => [id, { text }]))));
  for (const path of [list, keyed]) {
    const found: number[] = [];
    for await (const { row } of openSource({ kind: "file", path }, { projectDirectory: folder, hub }))
      found.push((row.text as string).length);
    assert.deepEqual(found, lengths);
  }
});

test("a quote in a CSV file that never ends is an error that names its line", async (t) => {
  const path = join(emptyFolder(t), "a.csv");
  writeFileSync(path, `id,text\n1,"${"x".repeat(65 << 20)}`);
  await assert.rejects(drain(openSource({ kind: "file", path }, { projectDirectory: "/", hub })), {
    message: new RegExp(`^${path}:2: has a record of more than 64 MiB`),
  });
});

test("whether a file is keyed by id is told by its first line, by its name where that is too long", async (t) => {
  const folder = emptyFolder(t);
  const is = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return formOf(join(folder, name), new Shape({})).then((form) => form === "keyed");
  };
  const example = { completions: { original: "x".repeat(100_000) } };
  assert.equal(await is("a.json", JSON.stringify({ a: example })), true);
  assert.equal(await is("a.jsonl", `\n\n${JSON.stringify({ a: example })}\n`), true);
  assert.equal(await is("b.json", `${JSON.stringify(example)}\n${JSON.stringify(example)}\n`), false);
  assert.equal(await is("c.json", `{"a": ${" ".repeat(33 << 20)}`), true);
  assert.equal(await is("c.jsonl", `{"a": ${" ".repeat(33 << 20)}`), false);
  assert.equal(await is("d.json", "\n \n"), false);
});

test("a label that is nested without end is refused by its field", async (t) => {
  const path = join(emptyFolder(t), "a.jsonl");
  const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;
  const texts = '{"original":"a","rewrite":"b","rewritten rewrite":"c"}';
  const rewards = '{"original":1,"rewrite":2,"rewritten rewrite":3}';
  writeFileSync(path, `{"id":"a","w_original":true,"completions":${texts},"m":${rewards},"group":${deep}}\n`);
  for (const by of ["groupBy", "clusterBy"])
    await assert.rejects(readScored(path, { rewardKey: "m", [by]: "group" }), {
      message: new RegExp(`^${path}:1: group: expected text, a number, true or false, found `),
    });
});
