import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { tableRows } from "../../../../src/storage/readers/tables/index.js";
import { emptyFolder } from "../../../support/folders.js";

/** The rows of a file with that name and content. */
async function rowsOf(t: TestContext, name: string, content: string | Buffer) {
  const path = join(emptyFolder(t), name);
  writeFileSync(path, content);
  const found = [];
  for await (const { row } of tableRows(path)) found.push(row);
  return found;
}

const fails = (t: TestContext, name: string, content: string | Buffer, expected: RegExp) =>
  assert.rejects(rowsOf(t, name, content), expected);

test("what a writer of CSV or TSV puts into quotes comes out again, whatever the line ends are", async (t) => {
  const cell = fc.string({
    unit: fc.constantFrom("a", "é", '"', ",", "\t", "\n", "\r\n", " ", "😀"),
    maxLength: 8,
  });
  const folder = emptyFolder(t);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(",", "\t"),
      fc.array(fc.tuple(cell, cell, fc.constantFrom("\n", "\r\n")), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (delimiter, records, lastEnds) => {
        const written = (text: string) =>
          /[",\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
        const lines = records.map(
          ([one, other, end]) => `${written(one)}${delimiter}${written(other)}${end}`,
        );
        const text = `one${delimiter}other\n${lines.join("")}`;
        const path = join(folder, delimiter === "," ? "a.csv" : "a.tsv");
        writeFileSync(path, lastEnds ? text : text.replace(/\r?\n$/, ""));
        const found = [];
        for await (const { row } of tableRows(path)) found.push([row.one, row.other]);
        // A TSV in which every line is a row by itself is read so.
        fc.pre(delimiter === "," || !records.some(([one, other]) => /[\n\t]/.test(one + other)));
        assert.deepEqual(
          found,
          records.map(([one, other]) => [one, other]),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test("a TSV written with quotes may hold tabs and line ends; one written without may hold quotes", async (t) => {
  assert.deepEqual(await rowsOf(t, "a.tsv", 'q\ttext\n1\t"two\nlines"\n2\t"a ""b"""\n'), [
    { q: "1", text: "two\nlines" },
    { q: "2", text: 'a "b"' },
  ]);
  const open = 'q\ttext\n1\t"It begins\n2\tfine\n3\tand ends"\n4\t"odd\n';
  assert.deepEqual(
    (await rowsOf(t, "b.tsv", open)).map(({ text }) => text),
    ['"It begins', "fine", 'and ends"', '"odd'],
  );
  const balanced = 'q\ttext\n1\t"It begins\n2\tfine\n3\tand ends"\n';
  assert.equal((await rowsOf(t, "c.tsv", balanced)).length, 3);
  await fails(
    t,
    "d.tsv",
    'q\ttext\n1\t"a\tb"c\n2\tx\ty\n',
    /d\.tsv:2: (?:has 3 fields|the quotes do not balance)/,
  );
});

test("CSV: quotes that do not balance are an error with the row in which they open", async (t) => {
  await fails(t, "a.csv", 'q,text\n1,fine\n2,"open\n3,fine\n4,fine\n', /a\.csv:3: the quotes do not balance/);
  await fails(
    t,
    "b.csv",
    'q,text\n1,fine\n2,"open\n3,"again\n',
    /b\.csv:3: the quotes do not balance: .*line 4 before "again/s,
  );
  await fails(t, "c.csv", 'q,text\n1,5" wide\n', /c\.csv:2: the quotes do not balance: "5\\" wide"/);
  assert.deepEqual(await rowsOf(t, "d.csv", 'q,text\n1,so "called" it\n'), [
    { q: "1", text: 'so "called" it' },
  ]);
});

test("line ends of all systems in one file, empty lines, a mark at the beginning, a line for Excel", async (t) => {
  const text = "\ufeffsep=,\nid,text\r\n1,a\n2,b\r\n\n3,c\r4,d\n";
  assert.deepEqual(
    (await rowsOf(t, "a.csv", text)).map(({ id, text }) => `${id}${text}`),
    ["1a", "2b", "3c", "4d"],
  );
  assert.equal((await rowsOf(t, "b.csv", 'text\n""\nx\n\n')).length, 2);
});

test("headers and encodings that would be read wrongly are refused, with what to do", async (t) => {
  await fails(t, "a.csv", "text,q,text\n1,2,3\n", /a\.csv:1: the column "text" stands twice/);
  await fails(
    t,
    "b.csv",
    "id;text;label\n1;a;b\n",
    /b\.csv:1: .*separated by semicolons; save the table with commas/,
  );
  await fails(t, "c.csv", "id\ttext\n1\ta\n", /c\.csv:1: .*separated by tabs/);
  await fails(t, "d.tsv", "id,text\n1,a\n", /d\.tsv:1: .*separated by commas/);
  await fails(
    t,
    "e.csv",
    "id,text\n1,a\n2,b,c\n",
    /e\.csv:3: has 3 fields, but the header has 2 \(id, text\)/,
  );
  await fails(t, "f.csv", Buffer.from("id,text\n1,caf\xe9\n", "latin1"), /f\.csv:2: is not UTF-8/);
  await fails(t, "g.csv", Buffer.from("\ufeffid,text\n1,a\n", "utf16le"), /g\.csv:1: .*UTF-16/);
  await fails(t, "h.tsv", Buffer.from("id\ttext\n1\ta\n", "utf16le"), /h\.tsv:1: .*UTF-16/);
  assert.deepEqual(await rowsOf(t, "i.csv", ",text\n0,a\n"), [{ "column 1": "0", text: "a" }]);
});
