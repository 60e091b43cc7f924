import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { contents } from "../../support/contents.js";
import { emptyFolder } from "../../support/folders.js";
import { rate } from "../../support/program.js";

type Request = { custom_id: string; params: { max_tokens: number; messages: { content: string }[] } };

test("rewrites by Anthropic's batches: each text belongs to its example, expired ones are sent again, the key is kept out", async (t) => {
  const cwd = emptyFolder(t);
  const batches: { id: string; requests: Request[]; looks: number; created: string }[] = [];
  const paid: string[] = [];
  const keys = new Set<unknown>();
  const env = { ANTHROPIC_API_KEY: "sk-ant-secret" };
  let creations = 0;
  let refused = 0;
  const show = ({ id, requests, looks, created }: (typeof batches)[number]) => {
    const ended = looks > 1;
    const expired = id === "b0" ? Math.floor(requests.length / 2) : 0;
    const done = { processing: 0, succeeded: requests.length - expired, errored: 0, canceled: 0, expired };
    const waiting = { processing: requests.length, succeeded: 0, errored: 0, canceled: 0, expired: 0 };
    return {
      id,
      type: "message_batch",
      processing_status: ended ? "ended" : "in_progress",
      request_counts: ended ? done : waiting,
      created_at: created,
      expires_at: created,
      ended_at: ended ? created : null,
      archived_at: null,
      cancel_initiated_at: null,
      results_url: ended ? `${url}/v1/messages/batches/${id}/results` : null,
    };
  };
  const server = createServer(async (incoming, outgoing) => {
    let body = "";
    for await (const piece of incoming) body += piece;
    keys.add(incoming.headers["x-api-key"] ?? incoming.headers.authorization?.replace("Bearer ", ""));
    const path = incoming.url!.split("?")[0]!;
    const json = (value: unknown, status = 200) => {
      outgoing.writeHead(status, { "content-type": "application/json" });
      outgoing.end(JSON.stringify(value));
    };
    if (incoming.method === "POST") {
      refused += 1;
      if (refused === 1)
        return json(
          {
            type: "error",
            error: { type: "rate_limit_error", message: `slow down, ${env.ANTHROPIC_API_KEY}` },
          },
          429,
        );
      const batch = {
        id: `b${batches.length}`,
        requests: JSON.parse(body).requests,
        looks: 0,
        created: new Date().toISOString(),
      };
      batches.push(batch);
      creations += 1;
      // The answers to two creations are lost: the batches are there all the same.
      if (creations <= 2) return incoming.socket.destroy();
      return json(show(batch));
    }
    if (path === "/v1/messages/batches") {
      const listed = batches.filter(({ created }) => Date.now() - Date.parse(created) >= 300);
      return json({ data: listed.reverse().map(show), has_more: false, first_id: null, last_id: null });
    }
    const batch = batches.find(({ id }) => path.split("/")[4] === id)!;
    if (!path.endsWith("/results")) {
      batch.looks += 1;
      return json(show(batch));
    }
    const succeeded = show(batch).request_counts.succeeded;
    outgoing.writeHead(200, { "content-type": "application/x-jsonl" });
    const lines = batch.requests.map(({ custom_id, params }, index) => {
      if (index >= succeeded) {
        const error = { type: "overloaded_error", message: `overloaded by ${env.ANTHROPIC_API_KEY}` };
        const result =
          index % 2 === 0 ? { type: "expired" } : { type: "errored", error: { type: "error", error } };
        return JSON.stringify({ custom_id, result });
      }
      const prompt = params.messages[0]!.content;
      paid.push(prompt);
      const [text, instruction] = prompt.split("\n\n[");
      const rewrite = `${text} → ${instruction!.includes("longer") ? "longer" : "shorter"}`;
      const message = {
        content: [{ type: "text", text: rewrite }],
        stop_reason: "end_turn",
        model: "claude",
        usage: { input_tokens: 10, output_tokens: 5 },
      };
      return JSON.stringify({ custom_id, result: { type: "succeeded", message } });
    });
    outgoing.end(`${lines.reverse().join("\n")}\n`);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const rows = Array.from({ length: 20 }, (_, i) => JSON.stringify({ text: `review ${i} ${"x".repeat(i)}` }));
  writeFileSync(join(cwd, "rows.jsonl"), rows.join("\n"));
  writeFileSync(
    join(cwd, "config.yaml"),
    `rewrites:
  dataset_name: rows
  data: { file: rows.jsonl, columns: { response: text }, prompt: "" }
  attribute: length
  rewriter: anthropic-batch
  model: claude-test
  base_url: ${url}
  batch: { poll_seconds: 0.02, max_requests: 10 }
`,
  );
  const done = await rate(["create-dataset", "--config", "config.yaml", "--json"], { cwd, env });
  assert.equal(done.code, 0, done.stderr);
  const text = readFileSync(JSON.parse(done.stdout).rewrites[0], "utf8");
  for (const example of Object.values<{ w_original: boolean; completions: Record<string, string> }>(
    JSON.parse(text),
  )) {
    const { original, rewrite, "rewritten rewrite": second } = example.completions;
    const [first, back] = example.w_original ? ["shorter", "longer"] : ["longer", "shorter"];
    assert.deepEqual([rewrite, second], [`${original} → ${first}`, `${original} → ${first} → ${back}`]);
  }
  assert.equal(new Set(paid).size, 40);
  assert.equal(
    paid.length,
    40,
    "nothing is paid twice, the lost creations included, though the list is late",
  );
  assert.deepEqual([...keys], [env.ANTHROPIC_API_KEY]);
  assert.match(done.stderr, /slow down, \[key\]/);
  assert.ok(!`${JSON.stringify(contents(cwd))}${done.stderr}`.includes(env.ANTHROPIC_API_KEY));
});
