import assert from "node:assert/strict";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { fileName, Project, timestampAt } from "../../../src/storage/project/project.js";
import { temporaryFor } from "../../../src/storage/project/temporary.js";
import { emptyFolder } from "../../support/folders.js";

const stamp = { timestamp: "20241028_142301", smokeTest: true };

test("files have the published names", async (t) => {
  const folder = emptyFolder(t);
  const project = await Project.open(folder);
  const full = { ...stamp, smokeTest: false };
  const names = (path: string) => project.show(path);
  assert.equal(
    names(project.rewrites("imdb_length", stamp)),
    "data/rewrites/imdb_length_dataset_20241028_142301_smoke_test.json",
  );
  assert.equal(
    names(project.rewritesTemplate("imdb_length", full)),
    "data/rewrites/imdb_length_template_20241028_142301.txt",
  );
  assert.equal(
    names(project.scored("imdb_length", "armorm", stamp)),
    "data/scored/imdb_length_armorm_smoke_test_scored_20241028_142301.jsonl",
  );
  assert.equal(
    names(project.scoredTemplate("imdb_length", "armorm", full)),
    "data/scored/imdb_length_armorm_template_20241028_142301.txt",
  );
  assert.equal(
    names(project.effects("imdb_length", "length", "armorm", full)),
    "effects/imdb_length_length_armorm_treatment_effects_20241028_142301.json",
  );
});

test("names from outside cannot leave their folder", () => {
  assert.equal(fileName("../../etc/passwd"), "etc-passwd");
  assert.equal(fileName("a b;rm -rf $HOME\n"), "a-b-rm--rf-HOME-");
  assert.equal(fileName("..."), "unnamed");
  assert.equal(fileName("längenmaß_1"), "längenmaß_1");
});

test("the newest fitting file is found by its timestamp, not by its name", async (t) => {
  const folder = emptyFolder(t);
  for (const name of [
    "b_scored_20240101_000000.jsonl",
    "a_scored_20250101_000000.jsonl",
    "x_scored_20260101_000000.txt",
  ]) {
    writeFileSync(join(folder, name), "");
  }
  const project = await Project.open(folder);
  const fits = (name: string) => name.endsWith(".jsonl");
  assert.equal(
    await project.newest(folder, fits, "scored file"),
    join(folder, "a_scored_20250101_000000.jsonl"),
  );
  await assert.rejects(
    project.newest(folder, () => false, "scored file"),
    /holds no scored file/,
  );
});

test("a write that fails leaves neither the file nor a part of it", async (t) => {
  const folder = emptyFolder(t);
  const project = await Project.open(folder);
  const path = project.path("effects", "x.json");
  await project.write(path, "old");
  async function* broken() {
    yield "new";
    throw new Error("stopped");
  }
  await assert.rejects(project.write(path, broken()), /stopped/);
  assert.equal(await readFile(path, "utf8"), "old");
  assert.deepEqual(await readdir(join(folder, "effects")), ["x.json"]);
});

for (const name of ["x.json", `${"ü".repeat(120)}.json`]) {
  test(`what a killed process left of writing ${name.slice(0, 9)} is gone after the next, what others are writing is not`, async (t) => {
    const folder = join(emptyFolder(t), "effects");
    mkdirSync(folder);
    const project = await Project.open(folder);
    const path = project.path(name);
    const half = temporaryFor(path);
    const marked = (mark: string) => half.replace(/\w+-\d+-\d*-\d+\.tmp$/, mark);
    const [own] = /\w+(?=-\d+-\d*-\d+\.tmp$)/.exec(half)!;
    const [dead, reused, elsewhere, abandoned] = [
      marked(`${own}-${2 ** 30}-17-1.tmp`),
      marked(`${own}-${process.pid}-17-1.tmp`),
      marked("00000000-1-17-1.tmp"),
      marked("00000000-2-17-1.tmp"),
    ];
    for (const file of [half, dead, reused, elsewhere, abandoned]) writeFileSync(file, "half");
    const longAgo = Date.now() / 1000 - 25 * 3600;
    utimesSync(abandoned, longAgo, longAgo);
    writeFileSync(join(folder, ".other.json.0-0-0-0.tmp"), "half");
    await project.write(path, "whole");
    // What a process that runs is writing, which this one is, and what may be written on another machine.
    const kept = [half, elsewhere].map((file) => basename(file));
    assert.deepEqual((await readdir(folder)).sort(), [...kept, ".other.json.0-0-0-0.tmp", name].sort());
  });
}

test("two that write one file at once do not mix: it is whole at any time, and the last one's in the end", async (t) => {
  const project = await Project.open(emptyFolder(t));
  const path = project.path("x.json");
  const open: (() => void)[] = [];
  const writing = [0, 1].map((index) => {
    const gate = new Promise<void>((resolve) => open.push(resolve));
    const parts = async function* () {
      yield Buffer.from(`${index} begins, `);
      await gate;
      yield Buffer.from(`${index} ends`);
    };
    return project.write(path, parts());
  });
  open[1]!();
  await writing[1];
  assert.equal(await readFile(path, "utf8"), "1 begins, 1 ends");
  open[0]!();
  await writing[0];
  assert.equal(await readFile(path, "utf8"), "0 begins, 0 ends");
  assert.deepEqual(await readdir(project.directory), ["x.json"]);
});

test("with a group, files belong to it and are read-only", async (t) => {
  const folder = emptyFolder(t);
  const gid = process.getgid!();
  const line = (await readFile("/etc/group", "utf8"))
    .split("\n")
    .find((entry) => entry.split(":")[2] === String(gid));
  if (!line) return t.skip("the process's own group has no name here");
  const project = await Project.open(folder, line.split(":")[0]);
  await project.write(project.path("x.json"), "{}");
  const found = await stat(project.path("x.json"));
  assert.equal(found.mode & 0o777, 0o440);
  assert.equal(found.gid, gid);
  await assert.rejects(
    Project.open(folder, "no-such-group-here"),
    /GROUP_NAME=no-such-group-here: there is no such group/,
  );
});

test("timestamps are local time, in order when sorted as text", () => {
  assert.equal(timestampAt(new Date(2024, 9, 8, 4, 3, 1)), "20241008_040301");
});
