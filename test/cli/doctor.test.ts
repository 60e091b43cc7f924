import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { completion, failure, type OddReply, type OddRequest, oddServer } from "../support/odd-server.js";
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

/** An endpoint that takes one key, knows two models, and answers as it is asked. */
async function endpoint(t: TestContext, answer?: (request: OddRequest) => OddReply): Promise<string> {
  const { url } = await oddServer(t, (request) => {
    if (request.headers.authorization !== `Bearer ${KEY}`) return failure(401, "no such key");
    if (request.method === "GET") return { body: { data: [{ id: "a" }, { id: "b" }] } };
    return answer ? answer(request) : { body: completion(obey(request.prompt), { top: TOP }) };
  });
  return url;
}

const TOP = { logprobs: { content: [{ token: "5", top_logprobs: [{ token: "5", logprob: -0.01 }] }] } };

/** A rewrite, a label or a score. */
function obey(prompt: string): string {
  if (prompt.includes("[Adjust this review"))
    return "The film was long and dull, and nobody cared how it would end.";
  return prompt.includes("one letter") ? "A" : "5";
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

/** How servers answer one request, and what is said of them: status, what was found, what to do. */
const TRIALS: readonly (readonly [
  string,
  string,
  (request: OddRequest) => OddReply,
  string,
  RegExp,
  RegExp | null,
])[] = [
  ["answers", "", ({ prompt }) => ({ body: completion(obey(prompt)) }), "ok", /gives a rewrite/, null],
  [
    "refuses the temperature",
    "temperature: 0.7",
    ({ body }) =>
      "temperature" in body
        ? failure(400, "'temperature' does not support 0.7", { param: "temperature" })
        : { body: completion("x") },
    "missing",
    /refused: 400 'temperature' does not support/,
    /say temperature: null/,
  ],
  [
    "knows the newer name of the limit",
    "max_completion_tokens: 99",
    ({ body, prompt }) =>
      "max_tokens" in body
        ? failure(400, "max_tokens is not supported, use max_completion_tokens instead")
        : { body: completion(obey(prompt)) },
    "ok",
    /knows the limit of tokens as max_completion_tokens/,
    null,
  ],
  [
    "thinks",
    "",
    ({ prompt }) => ({ body: completion(`<think>Hm.</think>${obey(prompt)}`) }),
    "ok",
    /it thinks before it answers.*enable_thinking: false/,
    null,
  ],
  [
    "puts all into its thoughts",
    "",
    () => ({ body: completion(null, { message: { reasoning_content: "Let me see." } }) }),
    "warning",
    /reasoning: the server gives the whole answer as reasoning.*enable_thinking: false/,
    /see what it says/,
  ],
  [
    "is cut off",
    "",
    () => ({ body: completion("The film", { finish: "length" }) }),
    "warning",
    /cut_off/,
    /see what it says/,
  ],
  [
    "gives no finish reason",
    "",
    ({ prompt }) => ({ body: completion(obey(prompt), { finish: null }) }),
    "ok",
    /no finish reason/,
    null,
  ],
  [
    "is out of credit",
    "",
    () => failure(402, "Insufficient Balance"),
    "missing",
    /out of credit/,
    /run rate doctor again/,
  ],
];

for (const [name, setting, answer, status, found, next] of TRIALS)
  test(`one request to a server that ${name} says what it needs`, async (t) => {
    const cwd = emptyFolder(t);
    writeFileSync(join(cwd, "answers.jsonl"), '{"text": "a", "question": "b"}\n');
    writeFileSync(
      join(cwd, "config.yaml"),
      `rewrites:
  dataset_name: answers
  data: { file: answers.jsonl, columns: { response: text, prompt: question } }
  attribute: length
  rewriter: openai
  model: m
  base_url: ${await endpoint(t, answer)}
  ${setting}
`,
    );
    const done = await doctor(cwd, ["--config", "config.yaml"], { OPENAI_API_KEY: KEY });
    const tried = done.of("one request to rewriter: openai (m)");
    assert.deepEqual([tried.status, found.test(tried.found)], [status, true], tried.found);
    if (next) assert.match(tried.next ?? "", next);
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
  assert.match(judge.of("one request to the judge tasteful (a)").found, /gives a score/);
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
