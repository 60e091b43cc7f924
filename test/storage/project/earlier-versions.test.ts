import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readResults } from "../../../src/estimation/stage/read-effects.js";
import { readManifest } from "../../../src/storage/project/manifest.js";
import { Project } from "../../../src/storage/project/project.js";
import { allRuns, fingerprintOf, startRun } from "../../../src/storage/project/runs.js";
import { emptyFolder, REPOSITORY } from "../../support/folders.js";

// Written by version 0.1.0, whose keys were in camelCase here and there.
const EARLIER = join(REPOSITORY, "test", "fixtures", "earlier-versions");

/** All keys of all objects in a value, besides those of objects keyed by names. */
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

const CAMEL = /[a-z][A-Z]/;

test("a study of an earlier version is read with the keys of today", async () => {
  const path = join(EARLIER, "study.json");
  const old = JSON.parse(await readFile(path, "utf8"));
  const { study, results } = await readResults(path);
  const [first] = study!.rows;
  assert.equal(first!.reward_key, old.study.rows[0].rewardKey);
  assert.equal(first!.standard_error, old.study.rows[0].standardError);
  assert.equal(first!.benjamini_hochberg, old.study.rows[0].benjaminiHochberg);
  assert.equal(study!.contrasts[0]!.p_value, old.study.contrasts[0].pValue);
  assert.equal(study!.pooled[0]!.heterogeneity!.i_squared, old.study.pooled[0].heterogeneity.iSquared);
  assert.equal(results[0]!.subgroups!.heterogeneity!.p_value, old.results[0].subgroups.heterogeneity.pValue);
  assert.deepEqual(
    keysOf({ study, results }).filter((key) => CAMEL.test(key)),
    [],
  );
});

test("a run of an earlier version is found, read as a manifest, and written on with the keys of today", async (context) => {
  const folder = emptyFolder(context);
  await mkdir(join(folder, "runs"));
  const path = join(folder, "runs", "20261128_131205.json");
  const old = JSON.parse(await readFile(join(EARLIER, "run.json"), "utf8"));
  await copyFile(join(EARLIER, "run.json"), path);
  const manifest = await readManifest(path);
  assert.equal(manifest.smoke_test, old.smokeTest);
  const usage = manifest.manifest.datasets.lamps_length!.usage;
  assert.equal(usage.prompt_tokens, old.manifest.datasets.lamps_length.usage.promptTokens);
  const project = await Project.open(folder);
  const fail = (error: Error) => assert.fail(error);
  const [run] = await allRuns(project, fail);
  assert.equal(run!.smoke_test, false);
  assert.equal(run!.fingerprint, old.fingerprint);

  // The same work, left unfinished by the earlier version, is continued in the same file.
  const work = { command: "run", version: "0.1.0", parts: {}, smokeTest: false };
  const options = { ...work, arguments: [], reuseFinished: false, onInvalid: fail, now: () => new Date() };
  const fingerprint = fingerprintOf([work.command, work.version, work.smokeTest, work.parts]);
  await writeFile(path, JSON.stringify({ ...old, fingerprint, status: "unfinished" }));
  const continued = await startRun(project, options);
  assert.equal(continued.stamp.timestamp, "20261128_131205");
  await continued.finish([]);
  await continued.release();
  const written = JSON.parse(await readFile(path, "utf8"));
  assert.equal(written.status, "finished");
  assert.deepEqual(
    keysOf(written).filter((key) => CAMEL.test(key)),
    [],
  );
});
