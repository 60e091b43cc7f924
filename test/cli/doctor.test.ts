import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";
import { rewardServer } from "../support/reward-servers.js";

interface Found {
  readonly name: string;
  readonly status: string;
  readonly found: string;
  readonly next: string | null;
}

async function doctor(cwd: string, args: string[], env: Record<string, string> = {}) {
  const done = await rate(["doctor", "--json", ...args], { cwd, env: { HOME: cwd, ...env } });
  const { findings, ready } = done.stdout ? JSON.parse(done.stdout) : { findings: [], ready: null };
  const of = (name: string) => (findings as Found[]).find((finding) => finding.name.startsWith(name))!;
  return { ...done, ready, of, findings: findings as Found[] };
}

const KEY = "sk-this-must-not-be-shown";

/** An endpoint that takes one key and knows two models. */
async function endpoint(t: TestContext): Promise<string> {
  const server = createServer((request, response) => {
    response.statusCode = request.headers.authorization === `Bearer ${KEY}` ? 200 : 401;
    response.end(JSON.stringify({ data: [{ id: "a" }, { id: "b" }] }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

test("a bare folder lacks nothing, and is left as it was", async (t) => {
  const cwd = emptyFolder(t);
  const done = await doctor(cwd, []);
  assert.deepEqual([done.code, done.ready], [0, true], done.stdout + done.stderr);
  for (const name of ["Node.js", "project directory", "disk", "clock", "ONNX Runtime"])
    assert.equal(done.of(name).status, "ok", name);
  for (const name of [".env", "GROUP_NAME", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "Hugging Face cache"])
    assert.equal(done.of(name).status, "absent", name);
  assert.deepEqual(readdirSync(cwd), []);
});

test("keys and endpoints: looked at, never shown", async (t) => {
  const cwd = emptyFolder(t);
  const url = await endpoint(t);
  const good = await doctor(cwd, [], { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: url });
  assert.equal(good.of("OPENAI_API_KEY").found, "set (not shown)");
  assert.equal(good.of("endpoint").found, "answers, 2 models");
  writeFileSync(
    join(cwd, ".env"),
    `OPENAI_API_KEY="${KEY} "\nOPENAI_BASE_URL=${url.replace("//", "//user:word@")}\n`,
  );
  chmodSync(join(cwd, ".env"), 0o644);
  const bad = await doctor(cwd, []);
  assert.equal(bad.code, 1);
  assert.match(bad.of(".env").next!, /^chmod 600 /);
  assert.match(bad.of("OPENAI_API_KEY").found, /holds a space or a line break/);
  assert.match(bad.of("endpoint").found, /holds a name and password/);
  const gone = await doctor(cwd, [], { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: "http://127.0.0.1:9/v1" });
  assert.match(gone.of("endpoint").found, /cannot be reached \(ECONNREFUSED|cannot be reached/);
  for (const { stdout, stderr } of [good, bad, gone]) assert.doesNotMatch(stdout + stderr, /must-not|word@/);
});

test("what a configuration needs", async (t) => {
  const cwd = emptyFolder(t);
  const url = await endpoint(t);
  writeFileSync(join(cwd, "answers.jsonl"), '{"text": "a", "question": "b"}\n');
  const config = (change: string) =>
    writeFileSync(
      join(cwd, "config.yaml"),
      `rewrites:
  dataset_name: answers
  data: { file: answers.jsonl, columns: { response: text, prompt: question } }
  attribute: length
  rewriter: openai
  base_url: ${url}
scoring: { model: [embedded, distilbert_positive] }
`.replace(...(change.split("→") as [string, string])),
    );
  config("x→x");
  const ready = await doctor(cwd, ["--config", "config.yaml"], { OPENAI_API_KEY: KEY });
  assert.equal(ready.code, 0, ready.stdout);
  assert.equal(ready.of("data of answers_length").status, "ok");
  assert.equal(ready.of("endpoint").status, "ok");
  assert.equal(ready.of("reward model embedded").status, "ok");
  assert.deepEqual(
    [ready.of("reward model distilbert").status, ready.of("reward model distilbert").found],
    ["warning", "is not in the Hugging Face cache"],
  );
  const refused = await doctor(cwd, ["--config", "config.yaml"]);
  assert.equal(refused.code, 1);
  assert.match(refused.of("endpoint").found, /refuses the key \(401\)/);
  config("response: text→response: txt");
  const wrong = await doctor(cwd, ["--config", "config.yaml"], { OPENAI_API_KEY: KEY });
  assert.match(wrong.of("data of").found, /there is no column "txt"; did you mean text\?/);
  config("embedded,→embeded,");
  const unknown = await doctor(cwd, ["--config", "config.yaml"], { OPENAI_API_KEY: KEY });
  assert.match(unknown.of("reward model embeded").found, /did you mean embedded\?/);
});

test("a reward model's servers are probed, a judge's endpoint is asked", async (t) => {
  const cwd = emptyFolder(t);
  const [good, bad] = [await rewardServer(t, "vllm"), await rewardServer(t, "vllm")];
  bad.fault = "sigmoid";
  const model = join(REPOSITORY, "assets", "models", "review-sentiment");
  writeFileSync(
    join(cwd, "mine.yaml"),
    `model: ${model}\ninput: response\nreward_key: org/mine\nruntimes: [vllm]\n`,
  );
  const config = (scoring: string) => writeFileSync(join(cwd, "config.yaml"), `scoring: ${scoring}\n`);
  config(`{ model: mine.yaml, runtime: vllm, endpoints: [${good.url}] }`);
  const ready = await doctor(cwd, ["--config", "config.yaml"]);
  assert.equal(ready.code, 0, ready.stdout + ready.stderr);
  assert.match(ready.of("reward model mine at").found, /^answers, and passes \d+ checks of the probe/);
  config(`{ model: mine.yaml, runtime: vllm, endpoints: [${bad.url}, "http://127.0.0.1:9"] }`);
  const wrong = await doctor(cwd, ["--config", "config.yaml"]);
  assert.equal(wrong.code, 1);
  assert.equal(wrong.of("reward model mine at").status, "missing");
  assert.match(wrong.of("reward model mine at").found, /sigmoid/);
  assert.ok(
    wrong.findings.some(({ status, found }) => status === "warning" && /:9 is left out/.test(found)),
    wrong.stdout,
  );
  config(`{ model: mine.yaml, runtime: vllm, endpoints: ["http://127.0.0.1:9"] }`);
  assert.equal((await doctor(cwd, ["--config", "config.yaml"])).of("reward model mine").status, "missing");
  config(`{ model: tasteful, runtime: judge, judge: { model: a, base_url: "${await endpoint(t)}" } }`);
  const judge = await doctor(cwd, ["--config", "config.yaml"], { OPENAI_API_KEY: KEY });
  assert.equal(judge.of("endpoint").status, "ok", judge.stdout + judge.stderr);
});

test("group, SLURM, clock and a project directory that cannot be", async (t) => {
  const cwd = emptyFolder(t);
  const tools = join(cwd, "tools");
  mkdirSync(tools);
  const script = (name: string, text: string) => {
    writeFileSync(join(tools, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(tools, name), 0o755);
  };
  script("sbatch", "echo slurm-wlm 22.05.8");
  script("sinfo", "echo debug; echo gpu");
  const PATH = `${tools}:${process.env.PATH}`;
  mkdirSync(join(cwd, "runs"));
  writeFileSync(join(cwd, "runs", "29991231_235959.json"), "{}");
  const done = await doctor(cwd, [], { PATH, PARTITION: "gpu", GROUP_NAME: "no-such-group" });
  assert.equal(done.of("SLURM").found, "slurm-wlm 22.05.8, partition gpu");
  assert.match(done.of("GROUP_NAME").found, /there is no such group/);
  assert.equal(done.of("clock").status, "warning");
  assert.equal(done.code, 1);
  const other = await doctor(cwd, [], { PATH, PARTITION: "cpu" });
  assert.match(other.of("SLURM").found, /there is no partition cpu \(partitions: debug, gpu\)/);
  writeFileSync(join(cwd, "file"), "");
  const blocked = await doctor(cwd, ["--project-dir", join(cwd, "file", "project")]);
  assert.deepEqual([blocked.code, blocked.of("project directory").status], [1, "missing"]);
});

test("on a terminal: a line each, and what to do below", async (t) => {
  const cwd = emptyFolder(t);
  const done = await rate(["doctor"], { cwd, env: { PARTITION: "gpu", PATH: "/nonexistent" } });
  assert.match(done.stdout, /^ok {7}Node\.js: v/m);
  assert.match(done.stdout, /^MISSING {2}SLURM: PARTITION=gpu is set, and there is no sbatch here\n {9}→ /m);
  assert.match(done.stdout, /1 thing is missing\.\n$/);
});
