import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { emptyFolder, REPOSITORY } from "../../support/folders.js";
import { type Finished, rate } from "../../support/program.js";
import { type RealSlurm, startSlurm, until, withoutSlurm } from "../../support/real-slurm.js";

const skip = withoutSlurm;
let slurm: RealSlurm;
before(async () => {
  if (!skip) slurm = await startSlurm();
});
after(() => slurm?.stop());

interface Task {
  readonly id: string;
  readonly state: string;
}
interface Submitted {
  readonly timestamp: string;
  readonly jobs: {
    readonly id: string;
    readonly stage: string;
    readonly state: string;
    readonly queue: Task[];
    readonly logs: string[];
    readonly failure: { readonly line: string } | null;
  }[];
}

const config = (rewrites: string, more = "") => `
rewrites: { dataset_name: reviews_length${rewrites} }
scoring: { model: embedded${more} }
effects: { concept: length }
slurm: { time: 10 }
`;

/** `rate` on this SLURM, in a folder. */
const within =
  (folder: string) =>
  (...args: string[]): Promise<Finished> =>
    rate(args, {
      cwd: folder,
      env: { SLURM_CONF: slurm.configuration, PROJECT_DIR: folder, PARTITION: "test" },
    });

async function statusOf(call: ReturnType<typeof within>, timestamp?: string): Promise<Submitted> {
  const { stdout, stderr } = await call("status", ...(timestamp ? [timestamp] : []), "--json");
  const { submissions } = JSON.parse(stdout || "{}") as { submissions: Submitted[] };
  assert.ok(submissions?.length, stderr);
  return submissions.at(-1)!;
}

/** Waits until all jobs of a submission have one of these states. */
async function ended(
  call: ReturnType<typeof within>,
  timestamp: string,
  states: string[],
): Promise<Submitted> {
  for (const end = Date.now() + 180_000; Date.now() < end; ) {
    const found = await statusOf(call, timestamp);
    if (found.jobs.every(({ state }) => states.includes(state))) return found;
    // Whoever is put back into the queue would wait for two minutes.
    for (const { queue } of found.jobs) {
      for (const { id, state } of queue) {
        if (state === "PENDING")
          spawnSync("scontrol", ["update", `job=${id}`, "starttime=now"], {
            env: { ...process.env, SLURM_CONF: slurm.configuration },
          });
      }
    }
    if (found.jobs.some(({ state }) => state === "FAILED") && !states.includes("FAILED"))
      assert.fail(JSON.stringify(found, null, 2));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  assert.fail(`${JSON.stringify(await statusOf(call, timestamp), null, 2)}\n${slurm.logs()}`);
}

const files = (folder: string, ...parts: string[]) =>
  readdirSync(join(folder, ...parts)).filter((name) => /^[^.].*\.(jsonl?)$/.test(name));

test("the three make targets, one after the other, end in an effects file, with their logs in place", {
  skip,
}, async (t) => {
  const folder = emptyFolder(t);
  writeFileSync(join(folder, "study.yaml"), config(", n_examples: 40"));
  const call = within(folder);
  for (const target of ["create_dataset", "score_dataset", "treatment_effects"]) {
    const made = spawnSync(
      "make",
      [
        "-s",
        "-o",
        "dist/.built",
        "-o",
        "node_modules/.installed",
        target,
        `CONFIG=${join(folder, "study.yaml")}`,
      ],
      {
        cwd: REPOSITORY,
        env: { ...process.env, SLURM_CONF: slurm.configuration, PROJECT_DIR: folder, PARTITION: "test" },
        encoding: "utf8",
      },
    );
    assert.equal(made.status, 0, made.stderr);
    assert.match(made.stdout, /^job \d+: /);
    const { timestamp } = await statusOf(call);
    const logs = ["res", "err"].map((kind) => join(REPOSITORY, "logs", `${timestamp}_${kind}.txt`));
    t.after(() => {
      for (const log of logs) rmSync(log, { force: true });
    });
    await ended(call, timestamp, ["COMPLETED"]);
    assert.ok(logs.every(existsSync), logs.join(", "));
    assert.match(readFileSync(logs[0]!, "utf8"), /data\/(rewrites|scored)|Written to/);
  }
  assert.equal(files(folder, "data", "rewrites").length, 1);
  assert.equal(files(folder, "data", "scored").length, 1);
  const [effects] = files(folder, "effects");
  assert.equal(JSON.parse(readFileSync(join(folder, "effects", effects!), "utf8")).concept, "length");
  for (const name of readdirSync(join(folder, "runs")).filter((entry) => entry.endsWith(".json")))
    assert.equal(
      JSON.parse(readFileSync(join(folder, "runs", name), "utf8")).jobs.length,
      1,
      "the run knows its job",
    );
});

test("own data with two attributes and two models: the chain of stages ends in four effects files", {
  skip,
}, async (t) => {
  const folder = emptyFolder(t);
  const row = (index: number) => ({
    ask: `What about lamp ${index % 5}?`,
    text: `This lamp is ${index % 2 === 0 ? "good and I love it" : "bad, a waste of money"}.${" It stands on my desk.".repeat(index % 3)}`,
  });
  const rows = Array.from({ length: 40 }, (_, index) => `${JSON.stringify(row(index))}\n`);
  writeFileSync(join(folder, "rows.jsonl"), rows.join(""));
  const model = join(REPOSITORY, "assets", "models", "review-sentiment");
  writeFileSync(join(folder, "second.yaml"), `model: ${model}\ninput: pair\nreward_key: my/second\n`);
  writeFileSync(
    join(folder, "own.yaml"),
    `
rewrites:
  dataset_name: mine
  data: { file: rows.jsonl, columns: { response: text, prompt: ask } }
  attribute: [sentiment, length]
scoring: { model: [embedded, ./second.yaml] }
effects: { level: 0.9 }
slurm: { time: 10 }
`,
  );
  const call = within(folder);
  const chain = ["create-dataset", "score", "effects"];
  for (const shards of [[], ["--shards", "2"]]) {
    const done = await call("submit", ...chain, "--config", "own.yaml", ...shards, "--json");
    assert.equal(done.code, 0, done.stderr);
    await ended(call, (JSON.parse(done.stdout) as Submitted).timestamp, ["COMPLETED"]);
  }
  const made = files(folder, "effects").map((name) => name.replace(/_treatment_effects_.*/, ""));
  const names = ["length", "sentiment"].flatMap((concept) =>
    ["embedded", "second"].map((score) => `mine_${concept}_${concept}_${score}`),
  );
  assert.deepEqual(made.sort(), [...names, ...names].sort());
  const estimates = new Map<string, string>();
  for (const name of files(folder, "effects")) {
    const {
      concept,
      score,
      estimates: found,
    } = JSON.parse(readFileSync(join(folder, "effects", name), "utf8"));
    const text = JSON.stringify(found);
    assert.equal(estimates.get(`${concept} ${score}`) ?? text, text, "shards change no estimate");
    estimates.set(`${concept} ${score}`, text);
  }
  assert.equal(estimates.size, 4);
});

test("a chain with four shards, of which one is killed, one out of time, one requeued: the file that one process makes", {
  skip,
}, async (t) => {
  const folder = join(emptyFolder(t), "the 'study' $x");
  mkdirSync(folder);
  writeFileSync(join(folder, "my study.yaml"), config(""));
  const call = within(folder);
  const done = await call(
    "submit",
    "create-dataset",
    "score",
    "effects",
    "--config",
    "my study.yaml",
    "--shards",
    "4",
    "--json",
  );
  assert.equal(done.code, 0, done.stderr);
  const { timestamp, jobs } = JSON.parse(done.stdout) as Submitted;
  const [create, score, combine, effects] = jobs.map(({ id }) => id) as [string, string, string, string];
  const shards = join(folder, "data", "scored", "shards");
  /** The lock of a shard that has finished some examples and not all. */
  const working = (shard: number): string | undefined => {
    const mark = `shard-0${shard}-of-04`;
    const journal = (existsSync(shards) ? readdirSync(shards) : []).find(
      (name) => name.includes(mark) && name.endsWith(".journal"),
    );
    if (!journal || readFileSync(join(shards, journal), "utf8").split("\n").length < 20) return undefined;
    return readdirSync(join(folder, "runs")).find((name) => name.includes(mark) && name.endsWith(".lock"));
  };
  const holderOf = (lock: string): number => JSON.parse(readFileSync(join(folder, "runs", lock), "utf8")).pid;
  const parentOf = (pid: number) =>
    Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
  const caught: Record<number, number> = {};
  for (const [shard, stop] of [
    [1, (lock: string) => process.kill(holderOf(lock), "SIGKILL")],
    // What SLURM sends before the end of the time, to the batch script alone. (scancel would: for tasks of arrays, version 22.05 delivers
    // the signal and at times says that it could not.)
    [2, (lock: string) => process.kill(parentOf(holderOf(lock)), "SIGUSR1")],
    [3, () => slurm.call("scontrol", "requeue", `${score}_3`)],
  ] as const) {
    await until(() => working(shard) !== undefined, `shard ${shard}`, 120);
    const lock = working(shard)!;
    stop(lock);
    const journal = readdirSync(shards).find(
      (name) => name.includes(`shard-0${shard}-of`) && name.endsWith(".journal"),
    );
    caught[shard] = journal ? readFileSync(join(shards, journal), "utf8").split("\n").length - 2 : 0;
  }
  const all = await ended(call, timestamp, ["COMPLETED"]);
  assert.deepEqual(
    all.jobs.map(({ stage }) => stage),
    ["create-dataset", "score", "combine", "effects"],
  );

  // SLURM's own word on the order, and on what was restarted.
  const shown = (id: string) => slurm.call("scontrol", "--oneliner", "show", "job", id);
  const times = (id: string, what: string) =>
    [...shown(id).matchAll(new RegExp(`${what}=(\\S+)`, "g"))].map(([, value]) => value!).sort();
  assert.ok(
    times(score, "StartTime")[0]! >= times(create, "EndTime").at(-1)!,
    "scoring waited for the rewrites",
  );
  assert.ok(
    times(combine, "StartTime")[0]! >= times(score, "EndTime").at(-1)!,
    "combining waited for all shards",
  );
  assert.ok(times(effects, "StartTime")[0]! >= times(combine, "EndTime").at(-1)!);
  for (const [shard, restarts] of [
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 0],
  ])
    assert.equal(Number(/Restarts=(\d+)/.exec(shown(`${score}_${shard}`))![1]), restarts, `shard ${shard}`);
  assert.ok(
    Object.values(caught).every((entries) => entries > 0),
    JSON.stringify(caught),
  );

  const [combined] = files(folder, "data", "scored");
  const single = JSON.parse((await call("score", "--config", "my study.yaml", "--json")).stdout).scored[0];
  assert.equal(readFileSync(join(folder, "data", "scored", combined!), "utf8"), readFileSync(single, "utf8"));
  assert.equal(files(folder, "effects").length, 1);
  const left = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(lock|claim|tmp|journal|progress)$/.test(name),
  );
  assert.deepEqual(left, []);
  for (const job of all.jobs) {
    for (const log of job.logs) {
      const tasks = job.stage === "score" ? [1, 2, 3, 4] : [0];
      for (const task of tasks) assert.ok(existsSync(join(folder, log.replace("%a", String(task)))), log);
    }
  }
  assert.match(
    readFileSync(join(folder, "logs", `${timestamp}_score_2_err.txt`), "utf8"),
    /stopped; the same command goes on[\s\S]*back into the queue[\s\S]*works on shard 2 of 4/,
  );
});

test("a job that fails is told as failed with its reason, and those that wait for it are not run; a cancelled one stays so", {
  skip,
}, async (t) => {
  const folder = emptyFolder(t);
  const call = within(folder);
  writeFileSync(join(folder, "bad.yaml"), config("", ", dataset_filename: nowhere.json"));
  const done = await call("submit", "score", "effects", "--config", "bad.yaml", "--json");
  const bad = await ended(call, JSON.parse(done.stdout).timestamp, ["FAILED", "CANCELLED"]);
  assert.deepEqual(
    bad.jobs.map(({ stage, state }) => [stage, state]),
    [
      ["score", "FAILED"],
      ["effects", "CANCELLED"],
    ],
  );
  assert.match(bad.jobs[0]!.failure!.line, /nowhere\.json: there is no such file/);
  const told = await call("status");
  assert.match(told.stdout, /FAILED[\s\S]*nowhere\.json: there is no such file/);

  writeFileSync(join(folder, "good.yaml"), config(""));
  const long = await call("submit", "create-dataset", "--config", "good.yaml", "--json");
  const { timestamp, jobs } = JSON.parse(long.stdout) as Submitted;
  await until(
    () =>
      existsSync(join(folder, "runs")) &&
      readdirSync(join(folder, "runs")).some((name) => name.endsWith(".json.lock")),
    "the job",
  );
  slurm.call("scancel", jobs[0]!.id);
  await ended(call, timestamp, ["CANCELLED"]);
  // Broken off, not lost: the direct command goes on with the run.
  const on = await call("create-dataset", "--config", "good.yaml");
  assert.equal(on.code, 0, on.stderr);
  assert.match(on.stderr, /goes on with the run of/);
});

test("a partition that is not there is told with those that are", { skip }, async (t) => {
  const folder = emptyFolder(t);
  writeFileSync(join(folder, "study.yaml"), config(""));
  const done = await within(folder)("submit", "run", "--config", "study.yaml", "--partition", "fast");
  assert.equal(done.code, 2);
  assert.match(done.stderr, /invalid partition specified: fast[\s\S]*partitions here: test/);
});
