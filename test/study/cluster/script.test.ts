import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parseConfig } from "../../../src/domain/config/parse.js";
import { type Plan, planJobs } from "../../../src/study/cluster/plan.js";
import { directive, shellQuote } from "../../../src/study/cluster/quote.js";
import { renderScript } from "../../../src/study/cluster/script.js";
import { REPOSITORY } from "../../support/folders.js";

const CONFIG = `
slurm:
  partition: general
  time: "4:00:00"
  memory: 8G
  cpus: 4
  account: lab
  extra: [--mail-type=END]
  setup: module load nodejs/20
  score: { partition: gpu, gpus: "a100:2", constraint: "a100|h100", memory: 32G }
  effects: { requeue: false }
`;

const plan = (over: Partial<Plan> = {}): Plan => ({
  stages: ["create-dataset", "score", "effects"],
  program: "/opt/rate/bin/rate",
  config: "my study.yaml",
  options: [],
  shards: 4,
  timestamp: "20240101_120000",
  label: "reviews",
  slurm: parseConfig(CONFIG, "config.yaml").slurm,
  given: {},
  partition: "from-env",
  ...over,
});

test("the scripts of a chain are as they were", () => {
  const scripts = planJobs(plan()).map((job, place) =>
    renderScript(job, "/opt/node/bin", place === 0 ? [] : [String(16 + place)]),
  );
  const expected = readFileSync(join(REPOSITORY, "test", "fixtures", "slurm", "chain.txt"), "utf8");
  assert.equal(scripts.join("\n"), expected);
});

test("what a stage asks for replaces what all ask for, what the call names replaces both", () => {
  const [first, score] = planJobs(plan({ given: { time: "10" } }));
  assert.deepEqual([first!.resources.partition, first!.resources.time], ["general", "10"]);
  assert.deepEqual(
    [score!.resources.partition, score!.resources.memory, score!.resources.time],
    ["gpu", "32G", "10"],
  );
  const [bare] = planJobs(plan({ slurm: undefined, stages: ["run"], shards: 1 }));
  assert.deepEqual(
    [bare!.resources.partition, bare!.resources.requeue, bare!.log],
    ["from-env", true, "logs/20240101_120000"],
  );
  assert.throws(
    () => planJobs(plan({ slurm: undefined, partition: "a b" })),
    /PARTITION in \.env: "a b": expected one word/,
  );
});

test("bash takes a quoted word as it was, whatever it holds, and the script's line stays one line", () => {
  const hostile = [
    "a b",
    "$HOME",
    "`id`",
    "$(id)",
    `'"\\`,
    "a\nb\r\n#SBATCH --partition=x",
    "-n",
    "",
    "!x",
    "~",
    "\t\x1b[31m\x7f",
    "ü \u2028 漢\u0085字",
    "*?[a]{b,c}",
  ];
  const words = [
    ...hostile,
    ...fc.sample(
      fc.string({ unit: "binary" }).filter((text) => !text.includes("\0") && text.isWellFormed()),
      200,
    ),
  ];
  for (const word of words) assert.ok(!/[\n\r]/.test(shellQuote(word)), JSON.stringify(word));
  const script = `printf '%s\\0' ${words.map(shellQuote).join(" ")}`;
  const env = { LC_ALL: "C.UTF-8", PATH: process.env.PATH ?? "" };
  const printed = execFileSync("bash", ["--norc", "-c", script], { env, encoding: "utf8" });
  assert.deepEqual(printed.split("\0").slice(0, -1), words);
  assert.throws(() => shellQuote("a\0b"), /NUL/);
});

test("values of #SBATCH lines that could mean more than themselves are refused", () => {
  assert.equal(directive("[rack1*2&rack2]|a100", "constraint"), "[rack1*2&rack2]|a100");
  for (const bad of ["a b", "a\n#SBATCH --uid=0", `a"`, "a#b", "$x", ""]) {
    assert.throws(() => directive(bad, "constraint"), /constraint: .*expected one word/);
  }
  assert.throws(
    () => parseConfig("slurm:\n  constraint: a b\n", "c.yaml"),
    /c\.yaml:2: slurm\.constraint: expected one word/,
  );
  assert.throws(
    () => parseConfig("slurm:\n  time: soon\n", "c.yaml"),
    /c\.yaml:2: slurm\.time: expected minutes/,
  );
  assert.throws(
    () => parseConfig("slurm:\n  score: { gpu: 1 }\n", "c.yaml"),
    /slurm\.score\.gpu: unknown key; did you mean gpus/,
  );
});

// What the script does when signals come, without SLURM: a program that rests on TERM, and a scontrol that tells.
for (const [what, signals, program, expected] of [
  ["runs to its end", [], "sleep 0.3; exit 0", { code: 0, requeued: false }],
  ["fails", [], "exit 7", { code: 7, requeued: false }],
  ["is killed", [], "kill -KILL $$", { code: 137, requeued: true }],
  [
    "is out of time",
    ["USR1"],
    "trap 'sleep 0.2; exit 130' TERM; sleep 5 & wait",
    { code: 130, requeued: true },
  ],
  [
    "ends by itself though out of time",
    ["USR1"],
    "trap '' TERM; sleep 0.6; exit 0",
    { code: 0, requeued: false },
  ],
  ["is told to stop", ["TERM"], "sleep 0.6; exit 0", { code: 0, requeued: false }],
] as const) {
  test(`a job whose program ${what}`, async (t) => {
    const { emptyFolder } = await import("../../support/folders.js");
    const { chmodSync, existsSync, writeFileSync } = await import("node:fs");
    const { spawn } = await import("node:child_process");
    const folder = emptyFolder(t);
    const tool = (name: string, text: string) => {
      writeFileSync(join(folder, name), `#!/bin/bash\n${text}\n`);
      chmodSync(join(folder, name), 0o755);
      return join(folder, name);
    };
    tool("scontrol", `touch ${shellQuote(join(folder, "requeued"))}`);
    const [job] = planJobs(
      plan({ program: tool("rate", program), stages: ["run"], shards: 1, slurm: undefined }),
    );
    const child = spawn(
      "bash",
      ["--norc", tool("script", renderScript(job!, folder, []).replace("#!/bin/bash", ""))],
      {
        env: { PATH: `${folder}:${process.env.PATH}`, SLURM_JOB_ID: "17" },
        stdio: "ignore",
      },
    );
    for (const signal of signals) setTimeout(() => child.kill(`SIG${signal}`), 250);
    const code = await new Promise((resolve) =>
      child.on("exit", (status, signal) => resolve(status ?? signal)),
    );
    assert.deepEqual({ code, requeued: existsSync(join(folder, "requeued")) }, expected);
  });
}
