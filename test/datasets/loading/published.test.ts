import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { parquetWriteBuffer } from "hyparquet-writer";
import { loadExamples } from "../../../src/datasets/loading/examples.js";
import type { Labeller } from "../../../src/datasets/loading/label.js";
import { findTemplate } from "../../../src/datasets/templates/index.js";
import { exactly } from "../../../src/datasets/templates/published.js";
import { startsWithVowel } from "../../../src/datasets/templates/typos.js";
import { vowelsWith } from "../../../src/datasets/templates/vowels-typos.js";
import type { Example } from "../../../src/domain/example.js";
import { Ledger } from "../../../src/domain/ledger.js";
import type { DatasetTemplate } from "../../../src/domain/template.js";
import type { Context } from "../../../src/storage/project/context.js";
import { Project } from "../../../src/storage/project/project.js";
import { emptyFolder } from "../../support/folders.js";
import { sharedData } from "../../support/shared.js";

const hhRlhf = sharedData("hh_rlhf_sample.jsonl");

/** A project whose Hub is a cache as the Python libraries leave it. */
async function projectWith(t: TestContext, files: Readonly<Record<string, string | Buffer>>) {
  const folder = emptyFolder(t);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const context: Context = {
    project: await Project.open(folder),
    stamp: { timestamp: "20250101_000000", smokeTest: false },
    version: "0",
    environment: { HF_HOME: join(folder, "hf"), HF_HUB_OFFLINE: "1" },
    fetch: () => assert.fail("nothing is fetched"),
    signal: new AbortController().signal,
    ledger: new Ledger(),
    progress: () => ({ advance() {}, end() {} }),
    confirm: async () => true,
    say: () => undefined,
  };
  return context;
}

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

function cached(
  repository: string,
  path: string,
  columns: Parameters<typeof parquetWriteBuffer>[0]["columnData"],
) {
  const folder = `hf/hub/datasets--${repository.replace("/", "--")}`;
  return {
    [`${folder}/refs/refs/convert/parquet`]: COMMIT,
    [`${folder}/snapshots/${COMMIT}/${path}`]: Buffer.from(
      parquetWriteBuffer({ columnData: columns }) as ArrayBuffer,
    ),
  };
}

const imdb = (texts: string[], labels: number[]) =>
  cached("stanfordnlp/imdb", "plain_text/train/0000.parquet", [
    { name: "text", data: texts, type: "STRING" },
    { name: "label", data: labels.map(BigInt), type: "INT64" },
  ]);

function load(name: string, context: Context, nExamples?: number, labeller: Labeller | null = null) {
  return loadTemplate(
    { ...findTemplate(name), ...(nExamples !== undefined && { nExamples }) },
    context,
    labeller,
  );
}

async function loadTemplate(template: DatasetTemplate, context: Context, labeller: Labeller | null = null) {
  const loaded = await loadExamples(template, context, labeller);
  const examples: Example[] = [];
  for await (const example of loaded.examples) examples.push(example);
  await loaded.examples.close();
  return { ...loaded, examples };
}

const squeezed = (text: string) => text.replace(/\s+/g, " ").trim();

const IMDB = { kind: "hub", dataset: "stanfordnlp/imdb", split: "train" };
const HELPSTEER = { kind: "hub", dataset: "nvidia/HelpSteer", split: "train" };
const HH_RLHF = { kind: "file", path: "data/hh-rlhf/hh-rlhf.json" };
const ELI5 = { kind: "file", path: "data/ELI5/all.jsonl", take: { first: 25_000 } };

for (const [name, source, nExamples, treated, untreated] of [
  ["imdb_length", IMDB, 25_000, "longer", "shorter"],
  ["imdb_sentiment", IMDB, 25_000, "positive sentiment", "negative sentiment"],
  ["imdb_vowels", IMDB, 2500, "starts with a vowel", "doesn't start with a vowel"],
  ["eli5_length", ELI5, 25_000, "longer", "shorter"],
  ["helpsteer_complexity", HELPSTEER, 25_000, "more complex", "less complex"],
  ["helpsteer_helpfulness", HELPSTEER, 25_000, "polite and helpful", "curt and unhelpful"],
  ["hh_rlhf_helpfulness", { ...HH_RLHF, take: { last: 12_500 } }, 25_000, "more helpful", "less helpful"],
  ["hh_rlhf_harmlessness", { ...HH_RLHF, take: { first: 25_000 } }, 25_000, "more harmful", "less harmful"],
  [
    "hh_rlhf_sentiment",
    { ...HH_RLHF, take: { last: 25_000 } },
    25_000,
    "positive sentiment",
    "negative sentiment",
  ],
  ["complexity", IMDB, 25_000, "complex", "simple"],
] as const) {
  test(`${name}: source, number of examples and strings are the published ones`, () => {
    const template = findTemplate(name);
    assert.deepEqual(template.source, source);
    assert.equal(template.nExamples, nExamples);
    assert.ok(typeof template.attribute === "object");
    assert.deepEqual(template.attribute.labels, { treated, untreated });
  });
}

test("IMDB's length is that of the text, w = 1 above 970 characters; n_examples is exact, skipped rows aside", async (t) => {
  const texts = ["x".repeat(970), "x".repeat(971), "", "🙂".repeat(970), "short", "y".repeat(2000)];
  const context = await projectWith(t, imdb(texts, [0, 1, 0, 1, 0, 1]));
  const { examples, skipped, treated } = await load("imdb_length", context, 4);
  assert.deepEqual(
    examples.map(({ id, treated }) => [id, treated]),
    [
      ["0", false],
      ["1", true],
      ["3", false],
      ["4", false],
    ],
  );
  assert.deepEqual([skipped, treated], [{ "without a response": 1 }, 1]);
  assert.ok(examples.every(({ prompt }) => prompt === "Write a movie review: "));
  const all = await load("imdb_length", context);
  assert.equal(all.examples.length, 5);
});

test("IMDB's sentiment is its label; what is neither 0 nor 1 is left out", async (t) => {
  const context = await projectWith(t, imdb(["a", "b", "c"], [1, 0, -1]));
  const { examples, skipped } = await load("imdb_sentiment", context);
  assert.deepEqual(
    examples.map(({ response, treated }) => [response, treated]),
    [
      ["a", true],
      ["b", false],
    ],
  );
  assert.deepEqual(skipped, { "whose attribute is undecided": 1 });
});

test("typos are made in the texts that start with a vowel, which they still do; W is as before", async (t) => {
  const words = "wonderful acting and terrible music made everybody somewhat curious about another ending";
  const texts = Array.from(
    { length: 300 },
    (_, i) => `${i % 2 === 0 ? "Anyone" : "Someone"} says ${i}: ${words}`,
  );
  const context = await projectWith(
    t,
    imdb(
      texts,
      texts.map(() => 0),
    ),
  );
  const { examples } = await load("imdb_vowels", context);
  assert.equal(examples.length, 300);
  for (const [index, { response, treated }] of examples.entries()) {
    assert.equal(treated, index % 2 === 0);
    assert.equal(startsWithVowel(response), treated, response);
    if (!treated) assert.equal(response, texts[index]);
  }
  const changed = examples.filter(({ response }, index) => response !== texts[index]).length;
  assert.ok(changed > 140, `${changed} of 150`);
});

test("the typos of a sweep are planted in texts without typos, also with the published template: none at 0 percent", async (t) => {
  const texts = Array.from(
    { length: 40 },
    (_, i) => `Anyone says ${i}: wonderful acting and terrible music everywhere`,
  );
  const labels = texts.map(() => 0);
  const context = await projectWith(t, imdb(texts, labels));
  const changed = async (percent: number) => {
    const { examples } = await loadTemplate(
      vowelsWith("typos", findTemplate("imdb_vowels"), percent, 0),
      context,
    );
    return examples.filter(({ response }, index) => response !== texts[index]).length;
  };
  assert.equal(await changed(0), 0);
  assert.ok((await changed(30)) > 35);
});

test("line breaks are planted after sentences of texts that start with a vowel, and taken out of all others", async (t) => {
  const texts = Array.from(
    { length: 20 },
    (_, i) => `${i % 2 === 0 ? "Anyone" : "Someone"} says ${i}.<br /><br />It is good! Is it? Yes.`,
  );
  const context = await projectWith(
    t,
    imdb(
      texts,
      texts.map(() => 0),
    ),
  );
  const breaks = async (percent: number) => {
    const { examples } = await loadTemplate(
      vowelsWith("breaks", findTemplate("imdb_vowels"), percent, 0),
      context,
    );
    return examples.map(({ response }) => response.split("<br /><br />").length - 1);
  };
  assert.deepEqual(
    await breaks(0),
    texts.map(() => 0),
  );
  assert.deepEqual(
    await breaks(100),
    texts.map((_, index) => (index % 2 === 0 ? 3 : 0)),
  );
});

test("published: exact puts all chosen responses before all rejected ones, with ids from 0", async (t) => {
  const rows = ["a", "b"].map((name) => ({
    chosen: `\n\nHuman: ${name}\n\nAssistant: good ${name}`,
    rejected: `\n\nHuman: ${name}\n\nAssistant: bad ${name}`,
  }));
  const file = rows.map((row) => JSON.stringify(row)).join("\n");
  const context = await projectWith(t, { "data/hh-rlhf/hh-rlhf.json": file });
  const { examples } = await loadTemplate(exactly(findTemplate("hh_rlhf_helpfulness"))!, context);
  assert.deepEqual(
    examples.map(({ id, response, treated }) => [id, response, treated]),
    [
      ["0", "good a", true],
      ["1", "good b", true],
      ["2", "bad a", false],
      ["3", "bad b", false],
    ],
  );
});

test("ELI5: every answer is an example, w = 1 above the median length of the answers", async (t) => {
  const rows = [
    { title: "Why?", answers: { text: ["a".repeat(10), "b".repeat(20)], score: [1, 2] } },
    { title: "How?", answers: { text: ["c".repeat(30), "d".repeat(40), "e".repeat(20)] } },
  ];
  const file = rows.map((row) => JSON.stringify(row)).join("\n");
  const context = await projectWith(t, { "data/ELI5/all.jsonl": file });
  const { examples, rule } = await load("eli5_length", context);
  assert.equal(rule!.threshold, 20);
  assert.deepEqual(
    examples.map(({ id, prompt, response, treated }) => [id, prompt, response.length, treated]),
    [
      ["0-0", "Why?", 10, false],
      ["0-1", "Why?", 20, false],
      ["1-0", "How?", 30, true],
      ["1-1", "How?", 40, true],
      ["1-2", "How?", 20, false],
    ],
  );
});

test("HelpSteer: 3 and 4 are w = 1, 0 to 2 are w = 0, what is not rated is left out", async (t) => {
  const ratings = [0, 1, 2, 3, 4];
  const columns = (name: string, data: (number | null)[]) => ({
    name,
    data: data.map((value) => (value === null ? null : BigInt(value))),
    type: "INT64" as const,
  });
  const context = await projectWith(
    t,
    cached("nvidia/HelpSteer", "default/train/0000.parquet", [
      { name: "prompt", data: ["p", "p", "p", "p", "p", "p"], type: "STRING" },
      { name: "response", data: ["a", "b", "c", "d", "e", "f"], type: "STRING" },
      columns("complexity", [...ratings, null]),
      columns("helpfulness", [null, ...ratings]),
    ]),
  );
  for (const [name, responses] of [
    ["helpsteer_complexity", "abcde"],
    ["helpsteer_helpfulness", "bcdef"],
  ] as const) {
    const { examples } = await load(name, context);
    assert.equal(examples.map(({ response }) => response).join(""), responses);
    assert.deepEqual(
      examples.map(({ treated }) => treated),
      [false, false, false, true, true],
    );
    assert.ok(examples.every(({ prompt }) => prompt === "p"));
  }
});

test("HH-RLHF's real lines: pairs, first exchanges, and W by a classifier", {
  skip: hhRlhf.skip,
}, async (t) => {
  const lines = readFileSync(hhRlhf.path, "utf8");
  const context = await projectWith(t, { "data/hh-rlhf/hh-rlhf.json": lines });
  const rows: { chosen: string; rejected: string }[] = lines
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

  const pairs = await load("hh_rlhf_helpfulness", context);
  const answered = pairs.examples.length + (pairs.skipped["without a response"] ?? 0);
  assert.equal(answered, 2 * rows.length);
  for (const { id, prompt, response, treated } of pairs.examples) {
    const [row, side] = id.split("-").map(Number);
    const dialogue = side === 0 ? rows[row!]!.chosen : rows[row!]!.rejected;
    assert.equal(treated, side === 0);
    assert.equal(squeezed(`${prompt}\n\nAssistant: ${response}`), squeezed(dialogue));
  }

  const harm = await load("hh_rlhf_harmlessness", context);
  assert.ok(harm.examples.every(({ treated }) => treated));
  assert.equal(harm.examples.length + (harm.skipped["without a response"] ?? 0), rows.length);
  for (const { id, prompt, response } of harm.examples) {
    const start = squeezed(`Human: ${prompt}\n\nAssistant: ${response}`);
    assert.ok(squeezed(rows[Number(id)]!.rejected).startsWith(start), id);
  }

  const asked: string[] = [];
  const labeller: Labeller = {
    kind: "model",
    facts: {},
    batch: 7,
    async label(texts) {
      asked.push(...texts.map(({ response }) => response));
      return texts.map(({ response }) => response.length % 2 === 0);
    },
    close: async () => undefined,
  };
  const sentiment = await load("hh_rlhf_sentiment", context, 50, labeller);
  assert.equal(sentiment.examples.length, 50);
  assert.deepEqual(
    asked,
    sentiment.examples.map(({ response }) => response),
  );
  assert.ok(sentiment.examples.every(({ response, treated }) => treated === (response.length % 2 === 0)));
});

test("HH-RLHF's last rows are the last ones, and dialogues that do not end with the assistant lose nothing", async (t) => {
  const rows = Array.from({ length: 12_503 }, (_, i) => ({
    chosen: `\n\nHuman: q${i}\n\nAssistant: good\n\nHuman: and?`,
    rejected: `\n\nHuman: q${i}\n\nHuman: well?\n\nAssistant: bad\n\nAssistant: worse`,
  }));
  const context = await projectWith(t, { "data/hh-rlhf/hh-rlhf.json": JSON.stringify(rows) });
  const { examples } = await load("hh_rlhf_helpfulness", context);
  assert.equal(examples.length, 25_000);
  assert.deepEqual([examples[0]!.prompt, examples[0]!.response], ["Human: q3", "good"]);
  assert.deepEqual(
    [examples.at(-1)!.prompt, examples.at(-1)!.response],
    ["Human: q12502\n\nHuman: well?\n\nAssistant: bad", "worse"],
  );
  const harm = await load("hh_rlhf_harmlessness", context, 2);
  assert.deepEqual([harm.examples[1]!.prompt, harm.examples[1]!.response], ["q1", "bad"]);
});

test("an id with half a character is refused with its place", async (t) => {
  const context = await projectWith(t, {
    "rows.jsonl": '{"id": "a", "text": "one"}\n{"id": "\\ud83d", "text": "two"}',
  });
  const template = {
    name: "rows",
    source: { kind: "file", path: context.project.path("rows.jsonl") } as const,
    idColumn: "id",
    question: () => "",
    completion: (row: Readonly<Record<string, unknown>>) => String(row.text),
    attribute: "length",
    treated: () => true,
  };
  await assert.rejects(
    loadExamples(template, context),
    /rows\.jsonl:2: column id: expected an id, found "\\ud83d"/,
  );
});
