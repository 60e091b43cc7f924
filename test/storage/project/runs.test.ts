import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { test } from "node:test";
import { Project } from "../../../src/storage/project/project.js";
import { startRun } from "../../../src/storage/project/runs.js";
import { emptyFolder } from "../../support/folders.js";

const now = () => new Date(2024, 0, 1, 12, 0, 0);
const options = {
  command: "run",
  arguments: [],
  version: "1",
  parts: { a: 1 },
  smokeTest: false,
  reuseFinished: false,
  onInvalid: (error: Error) => {
    throw error;
  },
  now,
};

test("an unfinished run is continued, a finished one is not unless asked", async (t) => {
  const project = await Project.open(emptyFolder(t));
  const first = await startRun(project, options);
  assert.equal(first.stamp.timestamp, "20240101_120000");
  await first.release();
  const second = await startRun(project, options);
  assert.deepEqual([second.continued, second.stamp.timestamp], ["unfinished", "20240101_120000"]);
  await second.finish([project.path("effects", "b.json"), project.path("effects", "a.json")]);
  const record = JSON.parse(await readFile(project.run(second.stamp), "utf8"));
  assert.equal(record.status, "finished");
  assert.deepEqual(record.outputs, ["effects/a.json", "effects/b.json"]);
  await second.release();
  const third = await startRun(project, options);
  assert.deepEqual([third.continued, third.stamp.timestamp], [false, "20240101_120001"]);
  await third.finish([]);
  await third.release();
  const fourth = await startRun(project, { ...options, reuseFinished: true });
  assert.deepEqual([fourth.continued, fourth.stamp.timestamp], ["finished", "20240101_120001"]);
});

test("what was killed when all was done is not done again, and what it left in the middle of a record goes", async (t) => {
  const project = await Project.open(emptyFolder(t));
  const run = await startRun(project, options);
  await run.finish([]);
  // A process that is gone holds the lock, and another one died while it wrote a record.
  await writeFile(`${project.run(run.stamp)}.lock`, JSON.stringify({ host: hostname(), pid: 2 ** 30 }));
  await writeFile(project.path("runs", ".20240101_110000.json.00000000-1-1-1.tmp"), "{");
  const again = await startRun(project, options);
  assert.deepEqual([again.continued, again.stamp], ["finished", run.stamp]);
  await again.finish([]);
  await again.release();
  assert.deepEqual(await readdir(project.path("runs")), ["20240101_120000.json"]);
  assert.equal((await startRun(project, options)).continued, false);
});

test("other work gets a run and a timestamp of its own", async (t) => {
  const project = await Project.open(emptyFolder(t));
  const one = await startRun(project, options);
  const other = await startRun(project, { ...options, parts: { a: 2 } });
  assert.notEqual(one.stamp.timestamp, other.stamp.timestamp);
});

test("two processes cannot work on one run; a dead one's lock is taken over", async (t) => {
  const project = await Project.open(emptyFolder(t));
  const run = await startRun(project, options);
  await assert.rejects(startRun(project, options), /another process works on this run/);
  await writeFile(`${project.run(run.stamp)}.lock`, JSON.stringify({ host: hostname(), pid: 2 ** 30 }));
  const taken = await startRun(project, options);
  assert.equal(taken.continued, "unfinished");
});

for (const [content, message] of [
  ["[]", /is not a run record \(the file: .*move it away/],
  ['{"timestamp": "20240101_120000"', /is not a run record \(.*JSON.*move it away/],
  [
    JSON.stringify({ timestamp: "../../x", smokeTest: false }),
    /is not a run record \(timestamp: expected YYYYMMDD_HHMMSS/,
  ],
] as const) {
  test(`a run record that holds ${content.slice(0, 30)} is passed over, by name, and not overwritten`, async (t) => {
    const project = await Project.open(emptyFolder(t));
    const path = project.path("runs", "20240101_120000.json");
    await mkdir(project.path("runs"));
    await writeFile(path, content);
    const found: Error[] = [];
    const run = await startRun(project, { ...options, onInvalid: (error) => found.push(error) });
    assert.deepEqual([run.continued, run.stamp.timestamp], [false, "20240101_120001"]);
    assert.equal(await readFile(path, "utf8"), content);
    assert.equal(found.length, 1);
    assert.ok(found[0]!.message.startsWith(path));
    assert.match(found[0]!.message, message);
  });
}
