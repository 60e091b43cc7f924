import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";

const PYTHON = join(REPOSITORY, "build", "vllm", "bin", "python");
const MODEL = join(process.env.TINY_MODELS ?? join(REPOSITORY, "build", "tiny-models-made"), "llama");
const START_SECONDS = 600;
/** Of scores that spread over about 2, in float32: another order of summation, no more. */
const TOLERANCE = 1e-4;

interface Case {
  readonly name: string;
  readonly prompt: string | readonly unknown[];
  readonly response: string;
  readonly ids: readonly number[];
  readonly outputs: readonly number[];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

/** A real vLLM with the small Llama classifier. */
async function startVllm(t: TestContext): Promise<string> {
  const port = await freePort();
  const args = ["-m", "vllm.entrypoints.openai.api_server", "--model", MODEL, "--runner", "pooling"];
  const child = spawn(
    PYTHON,
    [
      ...args,
      "--dtype",
      "float32",
      "--enforce-eager",
      "--max-model-len",
      "1024",
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
    ],
    {
      // Started elsewhere: a folder that is called vllm would be taken for the library.
      cwd: tmpdir(),
      detached: true,
      env: { ...process.env, HF_HUB_OFFLINE: "1", VLLM_CPU_KVCACHE_SPACE: "1", VLLM_NO_USAGE_STATS: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (piece) => {
      log = (log + piece).slice(-4000);
    });
  }
  t.after(async () => {
    if (child.exitCode === null) process.kill(-child.pid!, "SIGTERM");
    await Promise.race([new Promise((done) => child.once("close", done)), sleep(10_000)]);
  });
  const url = `http://127.0.0.1:${port}`;
  for (let second = 0; second < START_SECONDS && child.exitCode === null; second += 1) {
    if (
      await fetch(`${url}/health`).then(
        (reply) => reply.ok,
        () => false,
      )
    )
      return url;
    await sleep(1000);
  }
  throw new Error(`vLLM did not start:\n${log}`);
}

test("a real vLLM gives the raw scores that transformers gives", async (t) => {
  const url = await startVllm(t);
  const folder = emptyFolder(t);
  const all: Case[] = JSON.parse(readFileSync(join(MODEL, "reference.json"), "utf8"));
  // Cases of one name that are cut to other lengths are left to the tests of cutting.
  const once = ({ name }: Case) => all.filter((other) => other.name === name).length === 1;
  const cases = all.filter((one) => typeof one.prompt === "string" && one.ids.length <= 1024 && once(one));
  const examples = cases.map(({ name, prompt, response }, index) => [
    name,
    {
      w_original: index % 2 === 0,
      reward_question: prompt,
      completions: { original: response, rewrite: `${response} More.`, "rewritten rewrite": response },
    },
  ]);
  const data = join(folder, "cases.json");
  writeFileSync(data, JSON.stringify(Object.fromEntries(examples)));
  const template = join(folder, "tiny.yaml");
  writeFileSync(template, `model: ${MODEL}\nreward_key: tiny/llama\ninput: chat\nmax_tokens: 1024\n`);
  for (const runtime of ["vllm", "vllm-pooling"]) {
    const call = ["score", "--project-dir", join(folder, runtime), "--dataset", data, "--model", template];
    const done = await rate([...call, "--runtime", runtime, "--endpoint", url]);
    assert.equal(done.code, 0, done.stderr);
    const rows = readFileSync(done.stdout.trim(), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const largest = Math.max(
      ...cases.map(({ name, outputs }) => {
        const row = rows.find(({ id }) => id === name);
        return Math.abs(row["tiny/llama"].original - outputs[0]!);
      }),
    );
    t.diagnostic(
      `${runtime}: ${cases.length} texts, largest difference from transformers ${largest.toExponential(1)}`,
    );
    assert.ok(largest <= TOLERANCE, `${runtime}: ${largest}`);
  }
});
