import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { findAttribute } from "../../../src/datasets/attributes/index.js";
import { templateFromColumns } from "../../../src/datasets/loading/columns.js";
import { leftOutText, loadExamples } from "../../../src/datasets/loading/examples.js";
import { checkConfig } from "../../../src/domain/config/parse.js";
import type { Example } from "../../../src/domain/example.js";
import type { DatasetTemplate } from "../../../src/domain/template.js";
import type { Context } from "../../../src/storage/project/context.js";
import { Project } from "../../../src/storage/project/project.js";
import { emptyFolder } from "../../support/folders.js";

/** What becomes of data in these files, by its columns or by a template. */
async function load(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  data: object | ((folder: string) => DatasetTemplate),
  attribute = "length",
) {
  const folder = emptyFolder(t);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const context = {
    project: await Project.open(folder),
    stamp: { timestamp: "20250101_000000", smokeTest: false },
    environment: {},
    signal: new AbortController().signal,
  } as Context;
  const template = typeof data === "function" ? data(folder) : described(data, attribute);
  const loaded = await loadExamples(template, context);
  const examples: Example[] = [];
  for await (const example of loaded.examples) examples.push(example);
  await loaded.examples.close();
  return { ...loaded, examples };
}

function described(data: object, attribute: string): DatasetTemplate {
  const { rewrites } = checkConfig({ rewrites: { dataset_name: "mine", data, attribute } }, "c.yaml");
  return templateFromColumns("mine", findAttribute(attribute), rewrites!.data!, false);
}

const lines = (...rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const COLUMNS = { response: "text", prompt: "q" };

test("missing prompts and responses are left out and counted, by one rule for all formats", async (t) => {
  const jsonl = lines(
    { q: "a", text: "x" },
    { q: null, text: "x" },
    { text: "x" },
    { q: "b", text: "" },
    { q: " ", text: "xx" },
  );
  const csv = "q,text\na,x\n,x\n,x\nb,\n ,xx\n";
  const tsv = "q\ttext\na\tx\nNA\tx\n\tx\nb\tNaN\n \txx\n";
  for (const [name, content] of Object.entries({ "d.jsonl": jsonl, "d.csv": csv, "d.tsv": tsv })) {
    const { examples, skipped } = await load(t, { [name]: content }, { file: name, columns: COLUMNS });
    assert.equal(examples.length, 1, name);
    assert.deepEqual(skipped, { "without a prompt": 3, "without a response": 1 }, name);
    assert.equal(leftOutText(skipped), "3 rows without a prompt, 1 without a response");
  }
  const wrong = { file: "d.csv", columns: { ...COLUMNS, response: "txet" } };
  await assert.rejects(
    load(t, { "d.csv": csv }, wrong),
    /there is no column "txet"; did you mean text\? \(columns: q, text\)/,
  );
});

test("a column id is the id where every row has its own, with all digits; else rows are numbered and it is said", async (t) => {
  const data = { file: "d.jsonl", columns: COLUMNS };
  const row = (id: string) => `{"id": ${id}, "q": "a", "text": "x", "n": 1}\n`;
  const own = await load(
    t,
    { "d.jsonl": row("1234567890123456789") + row("1234567890123456788") + row('"k"') },
    data,
  );
  assert.deepEqual(
    own.examples.map(({ id }) => id),
    ["1234567890123456789", "1234567890123456788", "k"],
  );
  assert.deepEqual(own.notes, []);
  assert.ok(own.examples.every(({ fields }) => !("id" in fields!) && fields!.n === 1));
  const twice = await load(t, { "d.jsonl": row("7") + row("8") + row("7") }, data);
  assert.deepEqual(
    twice.examples.map(({ id, fields }) => [id, fields!.source_id]),
    [
      ["0", 7],
      ["1", 8],
      ["2", 7],
    ],
  );
  assert.match(twice.notes.join("\n"), /column id is not used as the id \(7 stands in it twice/);
  const gaps = await load(t, { "d.jsonl": row("7") + row("null") }, data);
  assert.match(gaps.notes.join("\n"), /has no id for each row/);
});

test("columns that are called as ours are kept under other names; only the named columns are left out", async (t) => {
  const rows = lines(
    { q: "topic", text: "x", topic: "topic", completions: [1], w_original: "yes", source_w_original: 3 },
    { q: "b", text: "b", topic: "b", completions: [2], w_original: "no", source_w_original: 4 },
  );
  const { examples, notes } = await load(t, { "d.jsonl": rows }, { file: "d.jsonl", columns: COLUMNS });
  assert.deepEqual(
    examples.map(({ fields }) => fields),
    [
      ["topic", [1], "yes", 3],
      ["b", [2], "no", 4],
    ].map(([topic, source_completions, label, own]) => ({
      topic,
      source_completions,
      source_source_w_original: label,
      source_w_original: own,
      source_columns: { prompt: "q", response: "text" },
    })),
  );
  assert.match(notes.join("\n"), /completions as source_completions, w_original as source_source_w_original/);
});

test("a template's own columns are those that its functions return as they are", async (t) => {
  const rows = lines({ q: "a", text: "a", topic: "a" }, { q: "b", text: "c", topic: "b" });
  const { examples } = await load(t, { "d.jsonl": rows }, (folder) => ({
    name: "own",
    source: { kind: "file", path: join(folder, "d.jsonl") },
    question: ({ q }) => String(q),
    completion: ({ text }) => String(text),
    treated: { by: "rule" },
    attribute: "length",
  }));
  assert.deepEqual(
    examples.map(({ fields }) => fields),
    ["a", "b"].map((topic) => ({ topic, source_columns: { prompt: "q", response: "text" } })),
  );
});

test("conversations are split; whole dialogues as responses are refused with the way out", async (t) => {
  const chosen = (index: number) => `\n\nHuman: Hi ${index}\n\nAssistant: Hello ${index}.`;
  const hh = lines(...Array.from({ length: 12 }, (_, index) => ({ chosen: chosen(index), rejected: "no" })));
  const { examples } = await load(
    t,
    { "hh.jsonl": hh },
    { file: "hh.jsonl", columns: { dialogue: "chosen" } },
  );
  assert.deepEqual(
    [examples[3]!.prompt, examples[3]!.response, examples[3]!.fields],
    ["Hi 3", "Hello 3.", { rejected: "no" }],
  );
  const whole = { file: "hh.jsonl", columns: { response: "chosen" }, prompt: "" };
  await assert.rejects(
    load(t, { "hh.jsonl": hh }, whole),
    /^RateError: hh\.jsonl:1|hh\.jsonl:1: the responses are whole dialogues .*--dialogue chosen/,
  );
  await assert.rejects(load(t, { "hh.jsonl": lines({ chosen: chosen(1) }) }, whole), /whole dialogues/);
  const list = lines({
    chosen: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello." },
    ],
  });
  await assert.rejects(
    load(t, { "hh.jsonl": list }, whole),
    /hh\.jsonl:1: column chosen: expected text, .*--messages chosen/,
  );
  const split = await load(t, { "hh.jsonl": list }, { file: "hh.jsonl", columns: { messages: "chosen" } });
  assert.deepEqual([split.examples[0]!.prompt, split.examples[0]!.response], ["Hi", "Hello."]);
});

test("labels in any spelling, a word that means w = 1, or a scale; cells without a label are left out", async (t) => {
  const csv = (...labels: string[]) => `text,q,label\n${labels.map((label) => `x,p,${label}\n`).join("")}`;
  const arms = async (treated: unknown, ...labels: string[]) => {
    const data = { file: "d.csv", columns: { ...COLUMNS, treated } };
    const { examples, skipped } = await load(t, { "d.csv": csv(...labels) }, data);
    return [...examples.map((example) => example.treated), skipped["without a label"] ?? 0];
  };
  assert.deepEqual(await arms("label", "True", "FALSE", "", "1.0", "no", "NaN"), [
    true,
    false,
    true,
    false,
    2,
  ]);
  assert.deepEqual(await arms({ column: "label", is: "long" }, "long", "short", "Long", ""), [
    true,
    false,
    true,
    1,
  ]);
  assert.deepEqual(await arms({ column: "label", is: 2 }, "2.0", "1", "2"), [true, false, true, 0]);
  assert.deepEqual(await arms({ column: "label", above: 3 }, "4", "3", "3.5", "nan"), [true, false, true, 1]);
  await assert.rejects(
    arms("label", "True", "short"),
    /d\.csv:3: column label: .*found "short".*--treated-is or --treated-above/,
  );
  await assert.rejects(
    arms({ column: "label", above: 3 }, "high"),
    /d\.csv:2: column label: expected a number \(w = 1 above 3\)/,
  );
});

test("several files, a folder of shards and patterns are one data set, in the order of their numbers", async (t) => {
  const shard = (text: string) => lines({ q: "p", text });
  const files = {
    "shards/part-10.jsonl": shard("c"),
    "shards/part-2.jsonl": shard("b"),
    "shards/part-1.jsonl": shard("a"),
    "shards/_SUCCESS": "",
    "shards/.hidden.jsonl": "no",
    "other/deep/part-1.jsonl": shard("d"),
    "mixed/a.csv": "q,text\n",
    "mixed/b.jsonl": "",
    "empty/readme.txt": "",
  };
  const texts = async (file: string | string[]) => {
    const { examples } = await load(t, files, { file, columns: COLUMNS });
    return examples.map(({ id, response }) => id + response).join(" ");
  };
  assert.equal(await texts("shards"), "0a 1b 2c");
  assert.equal(await texts("shards/part-*.jsonl"), "0a 1b 2c");
  assert.equal(await texts("shards/part-[12].jsonl"), "0a 1b");
  assert.equal(await texts("{shards,other/deep}/part-1.jsonl"), "0a 1d");
  assert.equal(await texts("**/part-1.jsonl"), "0d 1a");
  assert.equal(await texts(["shards/part-10.jsonl", "shards"]), "0c 1a 2b");
  await assert.rejects(texts("mixed"), /mixed: is a folder with tables of several kinds \(\.csv, \.jsonl\)/);
  await assert.rejects(texts("empty"), /empty: is a folder without tables .*readme\.txt/);
  await assert.rejects(texts("shards/*.csv"), /shards\/\*\.csv: no file fits/);
});

test("a rule of English words that knows no word of nearly all texts says so", async (t) => {
  const rows = (text: string) =>
    lines(...Array.from({ length: 12 }, (_, index) => ({ q: "p", text: `${text} ${index}` })));
  const data = { file: "d.jsonl", columns: COLUMNS };
  for (const attribute of ["sentiment", "formality"]) {
    const chinese = await load(t, { "d.jsonl": rows("这个台灯很好用，我很喜欢") }, data, attribute);
    assert.match(
      chinese.notes.join("\n"),
      new RegExp(`the rule of ${attribute} finds no word that it knows in 100 %`),
    );
    const english = await load(
      t,
      { "d.jsonl": rows("This lamp is so good, but I like it") },
      data,
      attribute,
    );
    assert.deepEqual(english.notes, []);
  }
});
