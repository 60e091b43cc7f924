import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { ExampleAnswer, ExamplesAnswer, ProjectAnswer } from "../../../src/viewer/server/answers.js";
import { startViewer } from "../../../src/viewer/server/server.js";
import { emptyFolder } from "../../support/folders.js";
import { rate } from "../../support/program.js";
import { refusedLine, scoredLine } from "../../support/scored-file.js";

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

/** A request with the path and the headers exactly as they are given, which `fetch` would put in order. */
function ask(
  url: string,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      let body = "";
      response.on("data", (piece) => {
        body += piece;
      });
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

async function viewerOf(t: TestContext, ...paths: string[]): Promise<string> {
  const viewer = await startViewer({ paths, port: 0 });
  t.after(() => viewer.close());
  return viewer.url;
}

async function json<Kind>(url: string, path: string): Promise<Kind> {
  const { status, body } = await ask(url, path);
  assert.equal(status, 200, body);
  return JSON.parse(body) as Kind;
}

const examples = (url: string, query: string) => json<ExamplesAnswer>(url, `/api/examples?${query}`);

/** Asks until what is asked for holds: files are read in the background. */
async function until<Kind>(get: () => Promise<Kind>, holds: (answer: Kind) => boolean): Promise<Kind> {
  for (let tries = 0; ; tries += 1) {
    const answer = await get();
    if (holds(answer)) return answer;
    assert.ok(tries < 200, `not reached: ${JSON.stringify(answer).slice(0, 300)}`);
    await setTimeout(50);
  }
}

function project(t: TestContext): string {
  const folder = emptyFolder(t);
  mkdirSync(join(folder, "data", "scored"), { recursive: true });
  writeFileSync(
    join(folder, "data", "scored", "a_scored.jsonl"),
    [...Array.from({ length: 120 }, (_, index) => scoredLine(index)), refusedLine("r")].join(""),
  );
  return folder;
}

const FILE = "file=data%2Fscored%2Fa_scored.jsonl";

test("it answers to its own name alone", async (t) => {
  const url = await viewerOf(t, project(t));
  const { port } = new URL(url);
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, "localhost:9000"])
    assert.equal((await ask(url, "/", { Host: host })).status, 200, host);
  for (const host of [
    "evil.example",
    `evil.example:${port}`,
    "127.0.0.1.evil.example",
    "localhost.evil:80",
  ]) {
    const { status, body } = await ask(url, "/api/project", { Host: host });
    assert.equal(status, 421, host);
    assert.doesNotMatch(body, /scored/);
  }
  const fromElsewhere = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" };
  assert.equal((await ask(url, "/api/project", fromElsewhere)).status, 403);
});

test("it answers GET and HEAD alone", async (t) => {
  const url = await viewerOf(t, project(t));
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
    assert.equal((await ask(url, "/api/project", {}, method)).status, 405, method);
  assert.equal((await ask(url, "/", {}, "HEAD")).status, 200);
});

test("every answer carries the policy: no script but its own, no request but to itself", async (t) => {
  const url = await viewerOf(t, project(t));
  for (const path of ["/", "/examples", "/page.js", "/style.css", "/api/project", "/nowhere"]) {
    const { headers } = await ask(url, path);
    const policy = String(headers["content-security-policy"]);
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/, path);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/, path);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["access-control-allow-origin"], undefined);
  }
  assert.doesNotMatch(
    (await ask(url, "/")).body,
    /<script(?! type="module" src="\/page\.js"><\/script>)|\son\w+=|style=/,
  );
});

test("nothing outside of what was given can be read", async (t) => {
  const outside = emptyFolder(t);
  writeFileSync(join(outside, "secret.jsonl"), scoredLine(1, { secret: "S3CRET" }));
  writeFileSync(join(outside, "secret.svg"), "<svg>S3CRET</svg>");
  const folder = project(t);
  symlinkSync(join(outside, "secret.jsonl"), join(folder, "data", "scored", "link_scored.jsonl"));
  symlinkSync(join(outside, "secret.svg"), join(folder, "link.svg"));
  symlinkSync(outside, join(folder, "effects"));
  writeFileSync(join(folder, ".env"), "OPENAI_API_KEY=S3CRET");
  const url = await viewerOf(t, folder);
  const { datasets, figures } = await json<ProjectAnswer>(url, "/api/project");
  assert.deepEqual(
    datasets.map(({ file }) => file),
    ["data/scored/a_scored.jsonl"],
  );
  assert.deepEqual(figures, []);
  const names = [
    "../secret.jsonl",
    "data/scored/link_scored.jsonl",
    "link.svg",
    ".env",
    "effects/secret.jsonl",
    join(outside, "secret.svg"),
    "/etc/passwd",
    "data/scored/../../.env",
    "..%2f..%2fetc%2fpasswd",
    "data\\scored\\a_scored.jsonl",
    "a\u0000b",
  ];
  for (const name of names) {
    for (const path of ["/api/examples", "/api/example", "/api/result", "/file"]) {
      const { status, body } = await ask(url, `${path}?file=${encodeURIComponent(name)}&id=e1`);
      assert.equal(status, 404, `${path} ${name}`);
      assert.doesNotMatch(body, /S3CRET|root:/);
    }
  }
  for (const path of [
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc/passwd",
    "//etc/passwd",
    "/data/scored/a_scored.jsonl",
    "http://evil/",
  ]) {
    const { body } = await ask(url, path);
    assert.doesNotMatch(body, /root:|S3CRET|Question/, path);
  }
});

test("a field that nests without end and an id of half a character are shown", async (t) => {
  const folder = project(t);
  const file = join(folder, "data", "scored", "b_scored.jsonl");
  const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
  writeFileSync(file, scoredLine(1).replace('"e1"', '"\\ud800"').replace("{", `{"field":${deep},`));
  const url = await viewerOf(t, folder);
  const name = "file=data%2Fscored%2Fb_scored.jsonl";
  const [row] = (await examples(url, name)).rows;
  const { id, fields } = await json<ExampleAnswer>(
    url,
    `/api/example?${name}&id=${encodeURIComponent(row!.id)}`,
  );
  assert.equal(id, "\ufffd");
  assert.deepEqual(fields[0], ["field", "an object nested too deep to be shown"]);
});

test("an effects file without the main estimate is shown, and says so", async (t) => {
  const folder = project(t);
  mkdirSync(join(folder, "effects"));
  writeFileSync(join(folder, "effects", "e.json"), JSON.stringify({ reward_key: "m", estimates: [] }));
  const url = await viewerOf(t, folder);
  const { results } = await json<ProjectAnswer>(url, "/api/project");
  assert.match(results[0]!.answer, /^m: unusable, no answer about the attribute: the file has no value\.$/);
});

test("figures come with a policy that lets them do nothing", async (t) => {
  const folder = project(t);
  writeFileSync(join(folder, "report.html"), "<script>alert(1)</script>");
  const url = await viewerOf(t, folder);
  const { headers, body } = await ask(url, "/file?file=report.html");
  assert.match(String(headers["content-security-policy"]), /^sandbox; default-src 'none'/);
  assert.equal(body, "<script>alert(1)</script>");
});

test("examples are searched, filtered, sorted and paged, and one is opened", async (t) => {
  const folder = project(t);
  const before = JSON.stringify(readdirSync(folder, { recursive: true }));
  const url = await viewerOf(t, folder);
  const all = await until(
    () => examples(url, FILE),
    ({ complete }) => complete,
  );
  assert.deepEqual([all.matched, all.total, all.pages, all.rows.length], [121, 121, 3, 50]);
  assert.deepEqual((await examples(url, `${FILE}&page=3`)).rows.length, 21);
  const sorted = await examples(url, `${FILE}&sort=effect&flip=failed`);
  assert.deepEqual(
    sorted.rows.slice(0, 2).map(({ id }) => id),
    ["e110", "e100"],
  );
  assert.equal(sorted.rows[0]!.difference, 11);
  const searched = await until(
    () => examples(url, `${FILE}&search=NUMBER%2077`),
    ({ searched: reached, total }) => reached === total,
  );
  assert.deepEqual(
    searched.rows.map(({ id }) => id),
    ["e77"],
  );
  const opened = await json<ExampleAnswer>(url, `/api/example?${FILE}&sort=effect&id=e110`);
  assert.equal(opened.texts.rewrite!.text, "The changed number 110");
  assert.deepEqual([opened.before, opened.after, opened.place], ["e112", "e108", 5]);
  assert.deepEqual(opened.failedFlips, [true, false]);
  assert.equal(opened.models[0]!.difference, 11);
  const refused = await json<ExampleAnswer>(url, `/api/example?${FILE}&id=r`);
  assert.match(refused.failure!, /refused: I cannot help with that/);
  assert.equal((await ask(url, `/api/example?${FILE}&id=nobody`)).status, 404);
  assert.equal(JSON.stringify(readdirSync(folder, { recursive: true })), before, "nothing is written");
});

test("keyed, gzipped and broken files are read, and other files' rewards of the same texts are shown", async (t) => {
  const folder = emptyFolder(t);
  const records = Array.from({ length: 300 }, (_, index) => JSON.parse(scoredLine(index)));
  writeFileSync(
    join(folder, "keyed.json"),
    JSON.stringify(Object.fromEntries(records.map((r) => [r.id, r])), null, 2),
  );
  const other = records.map(
    ({ "org/model": rewards, ...rest }) => `${JSON.stringify({ ...rest, "org/other": rewards })}\n`,
  );
  writeFileSync(join(folder, "packed.jsonl.gz"), gzipSync(other.join("")));
  writeFileSync(join(folder, "broken.jsonl"), `${scoredLine(1)}{"completions": \n[1]\n${scoredLine(2)}`);
  const url = await viewerOf(t, folder);
  for (const file of ["keyed.json", "packed.jsonl.gz"]) {
    const answer = await until(
      () => examples(url, `file=${file}&search=number%20299`),
      (found) => found.matched === 1,
    );
    assert.equal(answer.total, 300, file);
  }
  const opened = await until(
    () => json<ExampleAnswer>(url, "/api/example?file=keyed.json&id=e7"),
    ({ models }) => models.length === 2,
  );
  assert.deepEqual(
    opened.models.map(({ rewardKey, elsewhere }) => [rewardKey, elsewhere]),
    [
      ["org/model", null],
      ["org/other", "packed.jsonl.gz"],
    ],
  );
  const broken = await until(
    () => examples(url, "file=broken.jsonl"),
    ({ complete }) => complete,
  );
  assert.deepEqual([broken.total, broken.unreadable], [2, { count: 2, first: "record 2" }]);
});

test("a run that goes on is followed: files that grow, appear and are replaced, and answers as they come", async (t) => {
  const folder = project(t);
  const path = join(folder, "data", "scored", "a_scored.jsonl");
  const url = await viewerOf(t, folder);
  await until(
    () => examples(url, FILE),
    ({ total, complete }) => complete && total === 121,
  );
  const line = scoredLine(500);
  appendFileSync(path, line.slice(0, 100));
  await setTimeout(100);
  assert.equal((await examples(url, FILE)).total, 121, "half a line is none");
  appendFileSync(path, line.slice(100));
  const grown = await until(
    () => examples(url, `${FILE}&sort=newest`),
    ({ total }) => total === 122,
  );
  assert.equal(grown.rows[0]!.id, "e500");
  assert.equal(grown.unreadable.count, 0);

  writeFileSync(join(folder, "new"), scoredLine(7));
  renameSync(join(folder, "new"), path);
  await until(
    () => examples(url, FILE),
    ({ total }) => total === 1,
  );

  mkdirSync(join(folder, "data", "batch_api"));
  const journal = join(folder, "data", "batch_api", "reviews_20260101_120000.jsonl");
  const answer = (step: string, text: string, target: boolean, outcome: object) =>
    `${JSON.stringify({ request: { id: "x1", step, attempt: 0, text, target, prompt: "p" }, outcome })}\n`;
  writeFileSync(
    journal,
    `{"journal":1,"purpose":"rewrites of reviews by {}"}\n${answer("rewrite", "First.", false, { status: "failed", reason: "refused", detail: "no" })}`,
  );
  const { datasets } = await until(
    () => json<ProjectAnswer>(url, "/api/project"),
    ({ datasets: found }) => found.length === 2,
  );
  const name = datasets.find(({ form }) => form === "journal")!.file;
  const query = `file=${encodeURIComponent(name)}`;
  const refused = await until(
    () => examples(url, query),
    ({ total }) => total === 1,
  );
  assert.equal(refused.rows[0]!.failure, "refused");
  appendFileSync(journal, answer("rewrite", "First.", false, { status: "ok", text: "Second." }));
  appendFileSync(journal, answer("rewriteOfRewrite", "Second.", true, { status: "ok", text: "Third." }));
  await until(
    () => examples(url, query),
    ({ counts }) => counts.complete === 1,
  );
  const opened = await json<ExampleAnswer>(url, `/api/example?${query}&id=x1`);
  assert.deepEqual(
    [opened.treated, opened.failure, ...Object.values(opened.texts).map((text) => text?.text)],
    [1, null, "First.", "Second.", "Third."],
  );
  assert.equal(statSync(path).size, scoredLine(7).length);
});

test("what a study's results say together is told, corrected for their number", async (t) => {
  const folder = emptyFolder(t);
  const files = ["one", "two"].map((name) => join(folder, `${name}_scored.jsonl`));
  const rewards = (i: number) => ({ original: i % 3, rewrite: 1, "rewritten rewrite": i % 5 });
  const lines = Array.from({ length: 60 }, (_, i) => scoredLine(i, { "org/model": rewards(i) }));
  for (const file of files) writeFileSync(file, lines.join(""));
  const made = await rate([
    "effects",
    "--dataset",
    ...files,
    "--concept",
    "length",
    "--output",
    join(folder, "study.json"),
  ]);
  assert.equal(made.code, 0, made.stderr);
  const url = await viewerOf(t, folder);
  const { studies, results } = await json<ProjectAnswer>(url, "/api/project");
  assert.equal(results.length, 2);
  assert.deepEqual(
    studies.map(({ file, tables }) => [file, tables.map(({ caption, rows }) => [caption, rows.length])]),
    [
      [
        "study.json",
        [
          ["Corrected for their number", 2],
          ["Pooled over data sets", 1],
        ],
      ],
    ],
  );
  const [corrected] = studies[0]!.tables;
  assert.deepEqual(corrected!.head.slice(5), ["Holm", "BH", "simultaneous CI"]);
  assert.match(studies[0]!.note, /^Of 2 effects/);
});

test("what is not there, and a port that is taken, are the caller's to mend", async (t) => {
  const folder = project(t);
  await assert.rejects(
    startViewer({ paths: [join(folder, "nothing.jsonl")], port: 0 }),
    /there is no such file or folder/,
  );
  const url = await viewerOf(t, folder);
  const port = Number(new URL(url).port);
  await assert.rejects(startViewer({ paths: [folder], port }), /the port is taken; leave --port out/);
});
