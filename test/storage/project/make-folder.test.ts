import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder } from "../../../src/storage/project/files.js";
import { emptyFolder } from "../../support/folders.js";

test("folders are made with those above them; what cannot be is an error, below /proc too", {
  timeout: 20_000,
}, async (t) => {
  const folder = emptyFolder(t);
  await Promise.all([1, 2, 3].map(() => makeFolder(join(folder, "a", "b", "c"))));
  assert.ok(existsSync(join(folder, "a", "b", "c")));
  await makeFolder(join(folder, "a"));
  writeFileSync(join(folder, "file"), "");
  await assert.rejects(makeFolder(join(folder, "file")), /EEXIST/);
  await assert.rejects(makeFolder(join(folder, "file", "below")), /ENOTDIR/);
  if (existsSync("/proc/self")) await assert.rejects(makeFolder("/proc/nothing/runs"), /ENOENT/);
});
