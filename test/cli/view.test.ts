import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { wantsBrowser } from "../../src/cli/desktop.js";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";
import { scoredLine } from "../support/scored-file.js";

test("rate view prints its address, answers there, and ends with Ctrl-C", async (t) => {
  const folder = emptyFolder(t);
  writeFileSync(join(folder, "a_scored.jsonl"), scoredLine(1));
  const child = spawn(process.execPath, [join(REPOSITORY, "bin", "rate"), "view", folder], {
    env: { PATH: process.env.PATH ?? "", HOME: tmpdir() },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [first] = await once(child.stdout, "data");
  const url = String(first).trim();
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  const answer = await fetch(`${url}api/examples?file=a_scored.jsonl`);
  assert.equal(((await answer.json()) as { total: number }).total, 1);
  child.kill("SIGINT");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("a wrong call of rate view says what to do", async () => {
  const missing = await rate(["view", "no-such-folder"]);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /no-such-folder: there is no such file or folder/);
  const port = await rate(["view", "--port", "99999"]);
  assert.equal(port.code, 2);
  assert.match(port.stderr, /expected a number from 0 to 65535/);
});

test("a browser is opened where a person sits at a desktop", () => {
  assert.equal(wantsBrowser({ DISPLAY: ":0" }, "linux", true), true);
  assert.equal(wantsBrowser({ WAYLAND_DISPLAY: "wayland-0" }, "linux", true), true);
  assert.equal(wantsBrowser({}, "darwin", true), true);
  assert.equal(wantsBrowser({}, "linux", true), false);
  assert.equal(wantsBrowser({ DISPLAY: ":0" }, "linux", false), false);
  assert.equal(wantsBrowser({ DISPLAY: ":0", SSH_CONNECTION: "a 1 b 2" }, "linux", true), false);
});
