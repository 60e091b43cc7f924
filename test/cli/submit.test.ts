import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { timestampAt } from "../../src/storage/project/project.js";
import { fakeSlurm } from "../support/fake-slurm.js";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";

const CONFIG = `
rewrites: { dataset_name: reviews_length, n_examples: 8 }
scoring: { model: embedded }
effects: {}
slurm: { time: 30, score: { gpus: 1 } }
`;

function setUp(t: TestContext, name = "plain") {
  const folder = join(emptyFolder(t), name);
  mkdirSync(folder);
  writeFileSync(join(folder, "config.yaml"), CONFIG);
  const slurm = fakeSlurm(folder);
  const env = { PATH: `${slurm.bin}:${process.env.PATH}` };
  const call = (...args: string[]) => rate(args, { cwd: folder, env });
  return { folder, slurm, call, env };
}

test("the stages of a configuration are submitted as a chain, and kept", async (t) => {
  const { folder, slurm, call } = setUp(t);
  writeFileSync(join(folder, ".env"), "PARTITION=big\n");
  const done = await call(
    "submit",
    "effects",
    "score",
    "create-dataset",
    "--config",
    "config.yaml",
    "--shards",
    "3",
  );
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /job 102: score, 3 shards, when 101 has succeeded/);
  const scripts = slurm.submitted();
  assert.deepEqual(
    scripts.map(({ args, script }) => [
      args,
      /--dependency=(\S+)/.exec(script)?.[1] ?? null,
      /--array=(\S+)/.exec(script)?.[1] ?? null,
      /--gres=(\S+)/.exec(script)?.[1] ?? null,
      /--partition=(\S+)/.exec(script)?.[1],
      /bin\/rate (\S+)/.exec(script)?.[1],
    ]),
    [
      [["--parsable", `--chdir=${folder}`], null, null, null, "big", "create-dataset"],
      [["--parsable", `--chdir=${folder}`], "afterok:101", "1-3", "gpu:1", "big", "score"],
      [["--parsable", `--chdir=${folder}`], "afterok:102", null, null, "big", "combine"],
      [["--parsable", `--chdir=${folder}`], "afterok:103", null, null, "big", "effects"],
    ],
  );
  const [record] = readdirSync(join(folder, "runs", "submitted"));
  const kept = JSON.parse(readFileSync(join(folder, "runs", "submitted", record!), "utf8"));
  assert.deepEqual(
    kept.jobs.map(({ id, stage }: { id: string; stage: string }) => [id, stage]),
    [
      ["101", "create-dataset"],
      ["102", "score"],
      ["103", "combine"],
      ["104", "effects"],
    ],
  );
  assert.ok(existsSync(join(folder, "logs")), "SLURM finds the folder of the logs");

  slurm.say(
    "squeue",
    "102_1|COMPLETED|None|1:00|n1\n102_2|FAILED|NonZeroExitCode|0:30|n2\n102_3|RUNNING|None|1:10|n3\n103|PENDING|Dependency|0:00|\n104|PENDING|Dependency|0:00|\n",
  );
  slurm.say("sacct", "101|COMPLETED|0:0|00:05:00|n1\n");
  writeFileSync(join(folder, "logs", `${kept.timestamp}_score_2_err.txt`), "rate: the server is gone\n");
  const status = await call("status");
  assert.match(status.stdout, /101.*COMPLETED.*00:05:00/);
  assert.match(status.stdout, /102.*1 COMPLETED, 1 FAILED, 1 RUNNING.*NonZeroExitCode/);
  assert.match(status.stdout, /score \(102\), logs\/\d{8}_\d{6}_score_2_err\.txt: rate: the server is gone/);
  const json = JSON.parse((await call("status", kept.timestamp, "--json")).stdout);
  assert.deepEqual(
    json.submissions[0].jobs.map(({ state }: { state: string }) => state),
    ["COMPLETED", "FAILED", "PENDING", "PENDING"],
  );
  const unknown = await call("status", "20200101_000000");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /there is no submission or run of 20200101_000000 \(known: \d/);
});

test("a dry run prints the scripts and submits nothing", async (t) => {
  const { folder, slurm, call } = setUp(t);
  const done = await call(
    "submit",
    "score",
    "--config",
    "config.yaml",
    "--shards",
    "2",
    "--partition",
    "gpu",
    "--dry-run",
  );
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /#SBATCH --partition=gpu\n[\s\S]*--dependency=afterok:<score>/);
  assert.deepEqual(slurm.submitted(), []);
  assert.ok(!existsSync(join(folder, "logs")));
});

test("what SLURM refuses is told, and nothing stays in the queue", async (t) => {
  const { folder, slurm, call } = setUp(t);
  slurm.say("sinfo", "general\ngpu\n");
  slurm.refuse(
    2,
    "sbatch: error: invalid partition specified: fast\nsbatch: error: Batch job submission failed: Invalid partition name specified\n",
  );
  const done = await call("submit", "create-dataset", "score", "effects", "--config", "config.yaml");
  assert.equal(done.code, 2);
  assert.match(
    done.stderr,
    /invalid partition specified: fast[\s\S]*PARTITION in \.env; partitions here: general, gpu/,
  );
  assert.deepEqual(slurm.cancelled(), ["101", "102"]);
  assert.ok(!existsSync(join(folder, "runs", "submitted")));
  slurm.refuse(0, "sbatch: error: Batch job submission failed: Access/permission denied\n");
  const denied = await call("submit", "score", "--config", "config.yaml");
  assert.equal(denied.code, 1);
  assert.match(
    denied.stderr,
    /sbatch refused the job: Batch job submission failed: Access\/permission denied/,
  );
});

test("a record of submitted jobs that is none is passed over with its line and field, and keeps its timestamp", async (t) => {
  const { folder, slurm, call } = setUp(t);
  const submit = () => call("submit", "score", "--config", "config.yaml");
  await submit();
  const records = join(folder, "runs", "submitted");
  const [name] = readdirSync(records);
  const whole = readFileSync(join(records, name!), "utf8");
  const record = JSON.parse(whole);
  for (const [field, broken, line] of [
    ["jobs.0.id", { jobs: [{ ...record.jobs[0], id: "101; rm" }] }, 7],
    ["jobs.0.logs", { jobs: [{ ...record.jobs[0], logs: ["a"] }] }, 12],
    ["jobs", { jobs: null }, 5],
    ["timestamp", { timestamp: "../../x" }, 2],
  ] as const) {
    writeFileSync(join(records, name!), JSON.stringify({ ...record, ...broken }, null, 2));
    const status = await call("status", "--json");
    assert.deepEqual([status.code, JSON.parse(status.stdout).submissions], [0, []], status.stderr);
    assert.match(
      status.stderr,
      new RegExp(
        `warning: \\S+${name}:${line}: is not a record of submitted jobs \\(${field}[:.].*move it away.*passed over\n`,
      ),
    );
  }
  slurm.say("squeue", "101|FAILED|NonZeroExitCode|0:01|n1\n");
  writeFileSync(join(records, name!), whole);
  writeFileSync(join(folder, record.jobs[0].logs[1]), `${"x".repeat(1 << 20)}\nthe last words\n\n`);
  assert.match((await call("status")).stdout, /_err\.txt: the last words\n/);
  for (let plus = 0; plus < 60; plus += 1)
    writeFileSync(join(records, `${timestampAt(new Date(Date.now() + 1000 * plus))}.json`), "{");
  const before = new Set(readdirSync(records));
  assert.equal((await submit()).code, 0);
  assert.equal(new Set(readdirSync(records)).size, before.size + 1, "no record is written over");
});

test("without SLURM the command that does the same here is named", async (t) => {
  const { folder } = setUp(t);
  const env = { PATH: "/nowhere" };
  const done = await rate(["submit", "create-dataset", "score", "--config", "config.yaml"], {
    cwd: folder,
    env,
  });
  assert.equal(done.code, 1);
  assert.match(
    done.stderr,
    /sbatch is not on this machine.*\n.*bin\/rate create-dataset --config config\.yaml && \S*bin\/rate score --config config\.yaml/,
  );
  const status = await rate(["status"], { cwd: folder, env });
  assert.match(status.stdout, /nothing is unfinished, and nothing was submitted/);
});

test("wrong calls", async (t) => {
  const { call } = setUp(t);
  for (const [args, message] of [
    [["submit", "--config", "config.yaml"], /name what is to be done: create-dataset, score, effects, run/],
    [["submit", "scores", "--config", "config.yaml"], /submit scores: expected one or several of/],
    [["submit", "run", "score", "--config", "config.yaml"], /does all stages in one job/],
    [["submit", "score"], /--config FILE is missing/],
    [["submit", "effects", "--config", "config.yaml", "--shards", "2"], /--shards goes with the stage score/],
    [
      ["submit", "score", "--config", "config.yaml", "--time", "soon"],
      /the call: slurm\.time: expected minutes/,
    ],
    [["submit", "score", "--config", "nowhere.yaml"], /nowhere\.yaml: cannot be read/],
  ] as const) {
    const done = await call(...args);
    assert.equal(done.code, 2, args.join(" "));
    assert.match(done.stderr, message);
  }
});

test("a job does what was asked in folders and files of any name", async (t) => {
  const { folder, slurm, call, env } = setUp(t, "my 'project' $HOME \"x\"\n#SBATCH --uid=0 `id` %a");
  const config = "my $(touch pwned)\n'study' \"1\".yaml";
  writeFileSync(join(folder, config), CONFIG);
  const done = await call("submit", "create-dataset", "--config", config);
  assert.equal(done.code, 0, done.stderr);
  const [{ args, script }] = slurm.submitted() as [{ args: string[]; script: string }];
  assert.deepEqual(args, ["--parsable", `--chdir=${folder}`]);
  const directives = script.split("\n").filter((line) => line.startsWith("#SBATCH"));
  assert.ok(
    directives.every((line) => /^#SBATCH --[\w-]+(=[\w./:@%-]+)?$/.test(line)),
    directives.join("\n"),
  );
  const ran = spawnSync("bash", ["--norc", "-s"], {
    cwd: folder,
    input: script,
    env: { ...env, SLURM_JOB_ID: "1" },
    encoding: "utf8",
  });
  assert.equal(ran.status, 0, ran.stderr);
  assert.ok(existsSync(join(folder, ran.stdout.trim().replace(`${folder}/`, ""))), ran.stdout);
  assert.ok(!existsSync(join(folder, "pwned")));
});

test("make submits with the configuration that CONFIG names", async (t) => {
  const { folder, slurm, env } = setUp(t);
  const config = join(folder, "the 'config' $x.yaml");
  writeFileSync(config, CONFIG);
  for (const [target, stage] of [
    ["create_dataset", "create-dataset"],
    ["score_dataset", "score"],
    ["treatment_effects", "effects"],
  ]) {
    const made = spawnSync("make", ["-s", "-o", "dist/.built", "-o", "node_modules/.installed", target!], {
      cwd: REPOSITORY,
      env: { ...process.env, ...env, CONFIG: config, PROJECT_DIR: folder },
      encoding: "utf8",
    });
    assert.equal(made.status, 0, made.stderr);
    assert.match(slurm.submitted().at(-1)!.script, new RegExp(`bin/rate ${stage} --config '/`));
  }
});
