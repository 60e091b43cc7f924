import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readEnvironment } from "../../src/cli/environment.js";
import { emptyFolder } from "../support/folders.js";

test("variables of .env are added, those that are set win, and a folder of that name is passed over", async (t) => {
  const folder = emptyFolder(t);
  assert.deepEqual(await readEnvironment(folder, { A: "1" }), { A: "1" });
  writeFileSync(join(folder, ".env"), "A=2\nB=3\n");
  assert.deepEqual(await readEnvironment(folder, { A: "1" }), { A: "1", B: "3" });
  const other = emptyFolder(t);
  mkdirSync(join(other, ".env"));
  assert.deepEqual(await readEnvironment(other, { A: "1" }), { A: "1" });
});

test("a .env that cannot be read is an error that names it", async (t) => {
  const folder = emptyFolder(t);
  symlinkSync(".env", join(folder, ".env"));
  await assert.rejects(readEnvironment(folder, {}), /\.env: cannot be read \(ELOOP/);
});
