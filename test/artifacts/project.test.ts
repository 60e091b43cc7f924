import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileName, Project, timestampAt } from "../../src/artifacts/project.js";
import { emptyFolder } from "../support/folders.js";

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

test("what a killed process left of a write does not hinder the next", async (t) => {
  const folder = emptyFolder(t);
  mkdirSync(join(folder, "effects"));
  writeFileSync(join(folder, "effects", ".x.json.tmp"), "half");
  const project = await Project.open(folder);
  await project.write(project.path("effects", "x.json"), "whole");
  assert.deepEqual(await readdir(join(folder, "effects")), ["x.json"]);
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
