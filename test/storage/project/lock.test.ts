import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Holder, takeLock } from "../../../src/storage/project/lock.js";
import { emptyFolder } from "../../support/folders.js";

const HOLDER = join(import.meta.dirname, "..", "..", "support", "lock-holder.js");
const quick = { beatMs: 20, leaseMs: 300 };
const elsewhere: Holder = {
  host: "another-node",
  pid: process.pid,
  started: "1",
  job: null,
  restarts: 0,
  token: "t",
  beat: 1,
};

function hold(...args: string[]): Promise<number | null> {
  const child = spawn(process.execPath, [HOLDER, ...args], { stdio: "inherit" });
  return new Promise((resolve) => child.on("exit", (code) => resolve(code)));
}

test("many processes, some of which die holding the lock: never two at once, none waits for ever, nothing is left", async (t) => {
  const folder = emptyFolder(t);
  const [path, marker] = [join(folder, "lock"), join(folder, "marker")];
  const codes = await Promise.all(
    Array.from({ length: 6 }, (_, i) => hold(path, "15", marker, i % 2 ? "dies" : "lives", "30000")),
  );
  assert.deepEqual(codes.filter((code) => code === 0).length, 3);
  assert.ok(!existsSync(`${marker}.clash`), "two processes held the lock at once");
  // The last one to die may have left its lock; taking it over cleans up.
  await (await takeLock(path, quick)).release();
  assert.deepEqual(await readdir(folder), []);
});

const named = spawnSync("unshare", ["--uts", "hostname", "node-0"]).status === 0;
test("processes on nodes of different names, two of which die holding the lock", {
  skip: named ? false : "names of nodes cannot be given here (unshare --uts needs root)",
}, async (t) => {
  const folder = emptyFolder(t);
  const [path, marker] = [join(folder, "lock"), join(folder, "marker")];
  const onNode = (i: number) => {
    const args = [path, "6", marker, i < 2 ? "dies" : "lives", "3000"];
    const command = 'hostname "$0" && exec "$@"';
    const child = spawn(
      "unshare",
      ["--uts", "bash", "--norc", "-c", command, `node-${i}`, process.execPath, HOLDER, ...args],
      { stdio: "inherit" },
    );
    return new Promise((resolve) => child.on("exit", (code, signal) => resolve(code ?? signal)));
  };
  const codes = await Promise.all([0, 1, 2, 3].map(onNode));
  assert.deepEqual(codes, ["SIGKILL", "SIGKILL", 0, 0]);
  assert.ok(!existsSync(`${marker}.clash`), "two processes held the lock at once");
});

test("a lock of another host is taken over only when it shows no life for a lease, whatever its clock says", async (t) => {
  const path = join(emptyFolder(t), "lock");
  await writeFile(path, JSON.stringify(elsewhere));
  const started = performance.now();
  const watched: number[] = [];
  const lock = await takeLock(path, { ...quick, onWatch: ({ pid }) => watched.push(pid) });
  assert.ok(performance.now() - started >= quick.leaseMs);
  assert.deepEqual(watched, [process.pid]);
  await lock.release();
  assert.ok(!existsSync(path));
});

test("a lock of another host that is renewed is left alone", async (t) => {
  const path = join(emptyFolder(t), "lock");
  let beat = 1;
  const renew = () => writeFile(path, JSON.stringify({ ...elsewhere, beat: beat++ }));
  await renew();
  const timer = setInterval(renew, 60);
  t.after(() => clearInterval(timer));
  await assert.rejects(takeLock(path, quick), /process \d+ on another-node.*wait for it, or stop it first/);
});

test("SLURM's word ends the wait: a job that is gone, or one's own job before it was requeued", async (t) => {
  const path = join(emptyFolder(t), "lock");
  const long = { beatMs: 20, leaseMs: 60_000 };
  await writeFile(path, JSON.stringify({ ...elsewhere, job: "17_3" }));
  await (await takeLock(path, { ...long, jobAlive: async (job) => job !== "17_3" })).release();
  await writeFile(path, JSON.stringify({ ...elsewhere, job: "17_3" }));
  const environment = {
    SLURM_JOB_ID: "20",
    SLURM_ARRAY_JOB_ID: "17",
    SLURM_ARRAY_TASK_ID: "3",
    SLURM_RESTART_COUNT: "1",
  };
  const lock = await takeLock(path, { ...long, environment });
  const holder = JSON.parse(await readFile(path, "utf8"));
  assert.deepEqual([holder.host, holder.job, holder.restarts], [hostname(), "17_3", 1]);
  await lock.release();
});

test("a lock that says nothing, since its process was killed as it made it, holds no one up for long", async (t) => {
  const path = join(emptyFolder(t), "lock");
  await writeFile(path, "");
  await (await takeLock(path, { beatMs: 20, leaseMs: 600_000 })).release();
});

test("a process number that another process has by now is no holder", async (t) => {
  const path = join(emptyFolder(t), "lock");
  await writeFile(path, JSON.stringify({ ...elsewhere, host: hostname(), started: "1" }));
  await (await takeLock(path, { beatMs: 20, leaseMs: 60_000 })).release();
});

test("a process that loses its lock is told, and leaves the new holder's alone", async (t) => {
  const path = join(emptyFolder(t), "lock");
  const lock = await takeLock(path, quick);
  await writeFile(`${path}.new`, JSON.stringify(elsewhere));
  const { rename } = await import("node:fs/promises");
  await rename(`${path}.new`, path);
  for (let waited = 0; !lock.lost.aborted && waited < 5000; waited += 20) await sleep(20);
  assert.match(String(lock.lost.reason), /taken over by process \d+ on another-node; this process stops/);
  await lock.release();
  assert.equal(JSON.parse(await readFile(path, "utf8")).host, "another-node");
});

test("a lock that is released at the exit is there until then, and one that has been taken over stays", (t) => {
  const path = join(emptyFolder(t), "lock");
  const inProcess = (last: string) =>
    spawnSync(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `import { existsSync, writeFileSync } from "node:fs";
        const { takeLock } = await import(process.argv[1]);
        (await takeLock(process.argv[2])).releaseAtExit();
        ${last}`,
        import.meta.resolve("../../../src/storage/project/lock.js"),
        path,
      ],
      { encoding: "utf8" },
    );
  assert.equal(inProcess("console.log(existsSync(process.argv[2]));").stdout, "true\n");
  assert.ok(!existsSync(path));
  const other = inProcess(`writeFileSync(process.argv[2], '{"token":"of another"}');`);
  assert.deepEqual([other.status, other.stderr], [0, ""]);
  assert.ok(existsSync(path));
});
