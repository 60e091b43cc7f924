import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { reviewSentences } from "../../src/datasets/sources/review-sentences.js";
import { openChat } from "../../src/language-models/client.js";
import { emptyFolder, REPOSITORY } from "../support/folders.js";
import { rate } from "../support/program.js";

const PYTHON = process.env.RATE_SERVERS_PYTHON ?? join(REPOSITORY, "build/servers/bin/python");

/** Starts the server; it ends with the test. */
async function serve(t: TestContext): Promise<string> {
  const server = spawn(PYTHON, [join(REPOSITORY, "scripts/model-server/serve.py")], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  t.after(() => server.kill());
  for await (const line of createInterface({ input: server.stdout }))
    if (line.startsWith("address ")) return `${line.slice("address ".length)}/v1`;
  throw new Error("the server does not come up");
}

test("a real instruct model behind a real server rewrites 24 sentences both ways", async (t) => {
  const url = await serve(t);
  const cwd = emptyFolder(t);
  const rows: string[] = [];
  for await (const { row } of reviewSentences())
    if (String(row.text).length > 80) rows.push(JSON.stringify(row));
  writeFileSync(join(cwd, "rows.jsonl"), rows.slice(0, 24).join("\n"));
  writeFileSync(
    join(cwd, "config.yaml"),
    `rewrites:
  dataset_name: rows
  data: { file: rows.jsonl, columns: { id: id, response: text }, prompt: "Write a review: " }
  attribute: length
  rewriter: openai
  model: smollm2
  base_url: ${url}
  max_completion_tokens: 300
  concurrency: 2
`,
  );
  const done = await rate(["create-dataset", "--config", "config.yaml", "--json"], { cwd });
  assert.equal(done.code, 0, done.stderr);
  const path = JSON.parse(done.stdout).rewrites[0];
  const data: Record<string, { completions: Record<string, string> }> = JSON.parse(
    readFileSync(path, "utf8"),
  );
  const whole = Object.values(data).filter(
    ({ completions }) => completions["rewritten rewrite"] !== undefined,
  );
  t.diagnostic(`${whole.length} of ${Object.keys(data).length} rewritten both ways`);
  for (const { completions } of whole.slice(0, 3)) t.diagnostic(JSON.stringify(completions));
  assert.ok(whole.length >= 20);
});

test("a real server keeps a judge to its two letters, and gives the likeliest tokens", async (t) => {
  const chat = openChat({
    model: "smollm2",
    baseUrl: await serve(t),
    apiKey: undefined,
    concurrency: 2,
    temperature: 0,
    maxCompletionTokens: 20,
  });
  const prompt = "Is “Thank you so much for your help!” polite? Answer with one letter: B for yes, A for no.";
  const reply = await chat.ask({ prompt, choices: ["A", "B"] }, new AbortController().signal);
  assert.ok("text" in reply);
  assert.match(reply.text!, /^\s*\{\s*"answer"\s*:\s*"[AB]"\s*\}\s*$/);
  const open = await chat.ask({ prompt, topLogprobs: 5 }, new AbortController().signal);
  assert.ok("logprobs" in open);
  assert.equal(open.logprobs?.[0]?.length, 5);
});
