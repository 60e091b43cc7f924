import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { randomStream } from "../../src/estimation/numeric/random.js";
import type { ExampleAnswer, ExamplesAnswer, ProjectAnswer } from "../../src/viewer/server/answers.js";
import { ExampleColumns } from "../../src/viewer/server/columns.js";
import { filterFrom, SORTS } from "../../src/viewer/server/filter.js";
import { addressOf, placeFrom } from "../../src/viewer/server/place.js";
import { countRows, selectRows } from "../../src/viewer/server/query.js";
import { startViewer } from "../../src/viewer/server/server.js";
import { emptyFolder } from "../support/folders.js";
import { damaged, FILES, SEED, show } from "./damage.js";
import { effects, keyed, lines, record } from "./whole.js";

const answer = (id: string, step: string, text: string, target: boolean, outcome: object) =>
  `${JSON.stringify({ request: { id, step, text, target, prompt: "p" }, outcome })}\n`;
const journal = [
  '{"journal":1,"purpose":"rewrites of d by {}"}\n',
  answer("a", "rewrite", "First.", false, { status: "ok", text: "Second." }),
  answer("a", "rewriteOfRewrite", "Second.", true, { status: "ok", text: "Third." }),
  answer("b", "rewrite", "Other.", true, { status: "failed", reason: "refused", detail: "no" }),
].join("");
const study = JSON.stringify({ results: [JSON.parse(effects), JSON.parse(effects)] }, null, 1);
const marked = lines.replaceAll(
  '"m":',
  '"w_rewrite":false,"rewrite_failure":{"step":"rewrite","reason":"r"},"more":[1],"m":',
);

/** A whole file of each kind that is shown. */
const KINDS: Record<string, string | Uint8Array> = {
  "data/scored/d_scored.jsonl": lines,
  "data/scored/marked_scored.jsonl": marked,
  "data/rewrites/d_dataset.json": keyed,
  "data/scored/d_scored.jsonl.gz": gzipSync(lines),
  "data/batch_api/d.jsonl": journal,
  "effects/d_treatment_effects.json": effects,
  "effects/study.json": study,
  "runs/20240101_120000.json": record,
};

const QUERIES = [
  "",
  "search=b",
  "sort=effect&arm=1&least=0.1",
  "sort=rewriter&flip=failed&model=m",
  "sort=shortest&outcome=failed:r&shortest=1",
  "outcome=unscored&sign=up&page=1e9",
];
/** A page holds fifty examples' first words, an example its texts; nothing of this size is among them. */
const LONGEST_ANSWER = 4 << 20;
const LONGEST_WAIT_MS = 10_000;

/** Asks for all that a project has, as the page would. Fails when an answer is none, is too long, or takes too long. */
async function lookedAt(folder: string, what: string): Promise<"shown" | "broken" | "passed over"> {
  const viewer = await startViewer({ paths: [folder], port: 0 });
  const ask = async <Kind>(path: string): Promise<Kind | null> => {
    const begun = performance.now();
    const reply = await fetch(new URL(path, viewer.url));
    const body = await reply.text();
    assert.ok(
      [200, 202, 404].includes(reply.status),
      `${what}, ${path}: ${reply.status} ${body.slice(0, 300)}`,
    );
    assert.ok(body.length < LONGEST_ANSWER, `${what}, ${path}: ${body.length} characters`);
    assert.ok(performance.now() - begun < LONGEST_WAIT_MS, `${what}, ${path}: too long`);
    return reply.status === 200 ? JSON.parse(body) : null;
  };
  try {
    const project = (await ask<ProjectAnswer>("/api/project"))!;
    let bad = project.broken.some(({ reason }) => reason !== "");
    for (const { file } of project.datasets) {
      const name = `file=${encodeURIComponent(file)}`;
      for (const query of QUERIES) {
        const found = (await ask<ExamplesAnswer>(`/api/examples?${name}&${query}`))!;
        const { unreadable, failure, rows, matched, total } = found;
        assert.ok(rows.length <= matched && matched <= total, `${what}, ${query}`);
        assert.equal(
          unreadable.count > 0,
          unreadable.first !== null,
          `${what}: what is unreadable has a place`,
        );
        bad ||= unreadable.count > 0 || failure !== null;
        for (const { id } of rows.slice(0, 3)) {
          const opened = await ask<ExampleAnswer>(
            `/api/example?${name}&${query}&id=${encodeURIComponent(id)}`,
          );
          assert.equal(opened?.id, id, `${what}: an example of the list can be opened`);
        }
      }
    }
    for (const { file, index } of project.results)
      assert.ok(await ask(`/api/result?file=${encodeURIComponent(file)}&index=${index}`), what);
    const { datasets, results, runs } = project;
    if (bad) return "broken";
    return datasets.length + results.length + runs.length > 0 ? "shown" : "passed over";
  } finally {
    await viewer.close();
  }
}

for (const [place, [name, whole]] of Object.entries(KINDS).entries()) {
  test(`${FILES} malformed files like ${name} are shown as far as they can be`, async (t) => {
    const folder = emptyFolder(t);
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, whole);
    assert.equal(await lookedAt(folder, "whole"), "shown");
    const random = randomStream(SEED, place);
    const counts = { shown: 0, broken: 0, "passed over": 0 };
    for (let file = 0; file < FILES; file += 1) {
      writeFileSync(path, damaged(whole, random));
      counts[await lookedAt(folder, `${name} ${file}, ${show(path)}`)] += 1;
    }
    t.diagnostic(JSON.stringify(counts));
  });
}

const WORDS = [
  "",
  "1",
  "failed",
  "failed:r",
  "up",
  "m",
  "constructor",
  "__proto__",
  "-1",
  "1e999",
  "NaN",
  " ",
];
const NAMES = ["search", "arm", "flip", "outcome", "sign", "least", "shortest", "longest", "sort", "model"];
const query = fc
  .array(
    fc.tuple(
      fc.constantFrom(...NAMES, "page", "id", "file", "index"),
      fc.oneof(fc.constantFrom(...WORDS, ...Object.keys(SORTS)), fc.string({ unit: "binary" })),
    ),
  )
  .map((pairs) => new URLSearchParams(pairs));

test("any filter selects each row at most once, in the order it says, from columns of any records", () => {
  const value = fc.oneof(
    fc.boolean(),
    fc.double(),
    fc.constantFrom("a", null),
    fc.jsonValue({ maxDepth: 1 }),
  );
  const texts = fc.record(
    { original: value, rewrite: value, "rewritten rewrite": value },
    { requiredKeys: [] },
  );
  const made = fc.record(
    {
      w_original: value,
      w_rewrite: value,
      completions: texts,
      m: texts,
      rewrite_failure: fc.record({ reason: value }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(made), query, (records, asked) => {
      const columns = new ExampleColumns();
      for (const [index, own] of records.entries())
        columns.fill(columns.add(`${index % 7}`, 0, 0), JSON.parse(JSON.stringify(own)));
      const filter = filterFrom(asked);
      const rows = [...selectRows(columns, filter, null)];
      assert.equal(new Set(rows).size, rows.length);
      assert.ok(rows.every((row) => row >= 0 && row < records.length));
      const { arms, complete, unscored } = countRows(columns, filter.model);
      assert.ok(
        arms["0"] + arms["1"] <= records.length && unscored <= complete && complete <= records.length,
      );
      if (filter.sort === "longest") {
        const lengths = rows.map((row) => columns.lengths.original[row]!);
        assert.deepEqual(
          lengths,
          [...lengths].sort((a, b) => b - a),
        );
      }
    }),
  );
});

test("any address is a place, and a place's own address leads back to it", () => {
  fc.assert(
    fc.property(fc.constantFrom("/", "/examples", "/result", "/x"), query, (path, asked) => {
      const place = placeFrom(path, asked.toString());
      const { pathname, search } = new URL(addressOf(place), "http://view");
      assert.deepEqual(placeFrom(pathname, search), place);
    }),
  );
});
