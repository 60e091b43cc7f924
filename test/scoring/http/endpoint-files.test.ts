import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findEndpoints } from "../../../src/scoring/http/endpoint-files.js";
import { emptyFolder, REPOSITORY } from "../../support/folders.js";

const quiet = { say: () => undefined };

test("a folder stands for the addresses in its files; plain addresses stay", async (t) => {
  const folder = emptyFolder(t);
  writeFileSync(join(folder, "2.url"), "http://node2:8000\n");
  writeFileSync(join(folder, "1.url"), "# two on one node\nhttp://node1:8000\nhttp://node1:8001\n");
  writeFileSync(join(folder, ".3.url"), "http://unfinished:1\n");
  assert.deepEqual(await findEndpoints(["http://here:1", `@${folder}`, "http://node2:8000"], quiet), [
    "http://here:1",
    "http://node1:8000",
    "http://node1:8001",
    "http://node2:8000",
  ]);
  writeFileSync(join(folder, "4.url"), "\n<html>\n");
  await assert.rejects(
    findEndpoints([`@${folder}`], quiet),
    /4\.url:2: expected the address of a server.*<html>/,
  );
});

test("servers that are still starting are waited for, and not for ever", async (t) => {
  const folder = join(emptyFolder(t), "servers");
  const said: string[] = [];
  setTimeout(() => {
    mkdirSync(folder);
    writeFileSync(join(folder, "1.url"), "http://node1:8000\n");
  }, 300);
  assert.deepEqual(await findEndpoints([`@${folder}`], { say: (line) => said.push(line) }), [
    "http://node1:8000",
  ]);
  assert.match(said.join(), /waits for servers/);
  const never = join(folder, "never");
  await assert.rejects(
    findEndpoints([`@${never}`], { ...quiet, waitSeconds: 0 }),
    /no server has told its address/,
  );
  const signal = AbortSignal.timeout(50);
  await assert.rejects(findEndpoints([`@${never}`], { ...quiet, signal }), { name: "AbortError" });
});

const SERVER = `const { createServer } = require("node:http");
let calls = 0;
createServer((request, response) => { calls += 1; response.writeHead(request.url === "/health" && calls > 1 ? 200 : 503); response.end(calls > 2 ? "{}" : JSON.stringify({ status: "loading" })); }).listen(Number(process.argv[1]));`;

test("a server's job tells its address when it is ready, and takes it back when it ends", async (t) => {
  const folder = join(emptyFolder(t), "my servers");
  const script = join(REPOSITORY, "scripts", "slurm", "serve.sh");
  const job = spawn("bash", ["--norc", script, folder, process.execPath, "-e", SERVER, "{port}"], {
    env: { PATH: process.env.PATH ?? "", SLURM_JOB_ID: "4711" },
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => job.once("exit", resolve));
  t.after(() => job.kill("SIGKILL"));
  const [address] = await findEndpoints([`@${folder}`], { ...quiet, waitSeconds: 30 });
  assert.match(address!, /^http:\/\/\S+:\d+$/);
  const { port } = new URL(address!);
  assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
  assert.deepEqual(readdirSync(folder), ["4711.url"]);
  job.kill("SIGTERM");
  await ended;
  assert.deepEqual(readdirSync(folder), []);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/health`), "the server has ended with its job");
});

test("a server that ends before it answers fails its job", async (t) => {
  const folder = join(emptyFolder(t), "servers");
  const job = spawn("bash", ["--norc", join(REPOSITORY, "scripts", "slurm", "serve.sh"), folder, "false"], {
    stdio: "ignore",
  });
  assert.equal(await new Promise((resolve) => job.once("exit", resolve)), 1);
  assert.ok(existsSync(folder));
});
