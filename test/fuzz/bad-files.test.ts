import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { openSource } from "../../src/datasets/sources/source.js";
import { parseConfig } from "../../src/domain/config/parse.js";
import { RateError } from "../../src/domain/errors.js";
import { randomStream } from "../../src/estimation/numeric/random.js";
import { readResults } from "../../src/estimation/stage/read-effects.js";
import { loadRecipe } from "../../src/scoring/recipes/recipe-file.js";
import { readScored } from "../../src/storage/examples/scored.js";
import { readRecords, readStored } from "../../src/storage/examples/stored.js";
import { Journal } from "../../src/storage/project/journal.js";
import { holderOf } from "../../src/storage/project/lock.js";
import { readManifest } from "../../src/storage/project/manifest.js";
import { readProgress } from "../../src/storage/project/progress.js";
import { Project } from "../../src/storage/project/project.js";
import { allRuns } from "../../src/storage/project/runs.js";
import { submissions } from "../../src/storage/project/submissions.js";
import { emptyFolder } from "../support/folders.js";
import { hub } from "../support/hub.js";
import { damaged, FILES, SEED, show } from "./damage.js";
import { effects, examples, keyed, lines, record, submission } from "./whole.js";

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

const config = `smoke_test: true
rewrites:
  dataset_name: d
  attribute: [length, formality]
  data:
    file: a.jsonl
    columns: { prompt: p, response: r }
scoring: { model: embedded }
effects: { level: 0.9 }
`;
const journal = '{"journal":1,"purpose":"p"}\n{"key":"a","text":"b"}\n{"key":"c","text":"d"}\n';

/** Twelve rows, packed by zstd -19. */
const ZSTD = Buffer.from(
  "KLUv/QRoxQIAQkMMEpDPAasHpqLKzNZxwxzKSWbZS2OphI4pZID7jpJnPypjYxcbc0d5dlqbPlzUszt4Gw4gkNO2HJiSJ0SKdH+yn/Lz7mQ/5c77yf6Uw7k8vQr6dAeoCRgr4ZA=",
  "base64",
);

function parquetFile(): Uint8Array {
  const rows = Array.from({ length: 50 }, (_, index) => index);
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: "id", data: rows, type: "INT32" },
        { name: "text", data: rows.map((row) => `text ${row % 7}`), type: "STRING" },
      ],
    }),
  );
}

const source = (path: string) =>
  drain(openSource({ kind: "file", path }, { projectDirectory: "/nowhere", hub }));
const stored = async (path: string) => {
  await drain(readRecords(path));
  await drain(readStored(path));
};

const refuse = (error: Error) => {
  throw error;
};

/** A whole file of each kind, and how it is read. */
const KINDS: Record<string, { whole: string | Uint8Array; read: (path: string) => Promise<unknown> }> = {
  "scored.jsonl": { whole: lines, read: (path) => readScored(path, { rewardKey: "m" }) },
  "scored.json": { whole: keyed, read: (path) => readScored(path, { rewardKey: null }) },
  "scored.jsonl.gz": { whole: gzipSync(lines), read: (path) => readScored(path, { rewardKey: "m" }) },
  "stored.jsonl": { whole: lines, read: stored },
  "stored.json": { whole: keyed, read: stored },
  "rows.jsonl": { whole: lines, read: source },
  "rows.json": { whole: JSON.stringify(examples, null, 1), read: source },
  "rows.csv": { whole: 'id,text\n1,"a ""b"",\nc"\n2,d\n', read: source },
  "rows.jsonl.zst": { whole: ZSTD, read: source },
  "rows.parquet": { whole: parquetFile(), read: source },
  "config.yaml": { whole: config, read: async (path) => parseConfig(await readFile(path, "utf8"), path) },
  "template.yaml": {
    whole:
      "model: org/model\ninput: pair\noutput: { value: 0 }\nreward_key: key\nruntimes: [vllm, tei]\nmax_tokens: 512\n",
    read: loadRecipe,
  },
  "effects.json": { whole: effects, read: readResults },
  "manifest.json": { whole: record, read: readManifest },
  "runs/20240101_120000.json": {
    whole: record,
    read: async (path) => allRuns(await Project.open(join(path, "..", "..")), refuse),
  },
  "runs/submitted/20240101_120000.json": {
    whole: submission,
    read: async (path) => submissions(await Project.open(join(path, "..", "..", "..")), refuse),
  },
  "journal.jsonl": {
    whole: journal,
    read: async (path) => {
      const opened = await Journal.open(path, "p");
      await drain(opened.entries()).finally(() => opened.close());
    },
  },
};

/** YAML's own ways to be bad. */
const YAMLS = [
  `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghi".replace(/./g, (name, at: number) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[at]}`)}]\n`)}`,
  "smoke_test: true\nsmoke_test: false\n",
  "smoke_test: *nothing\n",
  "rewrites: &r { data: *r }\n",
  "? [a, b]\n: 1\n",
  "smoke_test: !!js/function x\n",
  "%YAML 9.9\n---\na: 1\n--- \nb: 1\n",
  "<<: [1, 2]\n",
  "<<: *x\n",
  "\tsmoke_test: true\n",
];

/** Fails unless reading succeeds or throws an error for people that names the file. */
async function readOrRefused(path: string, read: (path: string) => Promise<unknown>, what: string) {
  try {
    await read(path);
    return "read";
  } catch (error) {
    assert.ok(error instanceof RateError, `${what}: ${(error as Error).stack}`);
    assert.ok(error.message.includes(basename(path)), `${what}: names no file: ${error.message}`);
    assert.ok(error.message.length < 20_000, `${what}: the message has ${error.message.length} characters`);
    return "refused";
  }
}

for (const [name, { whole, read }] of Object.entries(KINDS)) {
  test(`${FILES} malformed files like ${name} are read or refused by name`, async (t) => {
    const path = join(emptyFolder(t), name);
    mkdirSync(join(path, ".."), { recursive: true });
    const kinds = Object.keys(KINDS);
    writeFileSync(path, whole);
    await read(path);
    const random = randomStream(SEED, kinds.indexOf(name));
    const counts = { read: 0, refused: 0 };
    for (let file = 0; file < FILES; file += 1) {
      rmSync(path);
      writeFileSync(path, damaged(whole, random));
      const found = await readOrRefused(path, read, `${name} ${file}, ${show(path)}`);
      counts[found as keyof typeof counts] += 1;
    }
    assert.ok(counts.refused > FILES / 8, JSON.stringify(counts));
    t.diagnostic(JSON.stringify(counts));
  });
}

/** What processes say of themselves to others; what is no such word counts as none. */
const WORDS = {
  "run.lock": {
    whole: '{"host":"a","pid":3,"started":"17","job":"5_1","restarts":0,"token":"t","beat":2}\n',
    read: holderOf,
  },
  "run.progress": { whole: '{"label":"scoring","done":3,"total":9,"note":"slow"}', read: readProgress },
};

for (const [name, { whole, read }] of Object.entries(WORDS)) {
  test(`${FILES} malformed files like ${name} say nothing, or what they should`, async (t) => {
    const path = join(emptyFolder(t), name);
    writeFileSync(path, whole);
    const kinds = typesIn(await read(path));
    const random = randomStream(SEED, name.length);
    let silent = 0;
    for (let file = 0; file < FILES; file += 1) {
      writeFileSync(path, damaged(whole, random));
      const said = await read(path);
      if (said === null) silent += 1;
      else
        for (const [field, type] of Object.entries(typesIn(said)))
          assert.ok(type === kinds[field] || type === "null", `${field}: ${show(path)}`);
    }
    assert.ok(silent > FILES / 8, `${silent}`);
  });
}

function typesIn(said: object | null): Record<string, string> {
  return Object.fromEntries(
    Object.entries(said ?? {}).map(([field, value]) => [field, value === null ? "null" : typeof value]),
  );
}

test("YAML that repeats keys, refers to itself or would grow without bound is refused by name", async () => {
  for (const text of YAMLS)
    assert.throws(
      () => parseConfig(text, "config.yaml"),
      (error) => error instanceof RateError && /^config\.yaml:\d+: /.test(error.message),
      text,
    );
});
