import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { isLocal } from "../../src/language-models/chat-settings.js";
import { openChat } from "../../src/language-models/client.js";
import { openServer } from "../../src/language-models/http.js";
import { requestBody } from "../../src/language-models/request-body.js";
import { endless } from "../support/reward-servers.js";

const KEY = "sk-secret-456";

async function serve(t: TestContext, handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const completion = (text: string) =>
  JSON.stringify({ choices: [{ message: { content: text }, finish_reason: "stop" }], usage: null });

const chatAt = (baseUrl: string, more: object = {}) =>
  openChat({ model: "m", baseUrl, apiKey: KEY, concurrency: 4, ...more });

test("a request says what was asked for, and the answer holds what came", async (t) => {
  const bodies: Record<string, unknown>[] = [];
  const url = await serve(t, async (incoming, outgoing) => {
    let body = "";
    for await (const piece of incoming) body += piece;
    bodies.push({ ...JSON.parse(body), key: incoming.headers.authorization, path: incoming.url });
    const content = [{ token: "A", logprob: -1, top_logprobs: [{ token: "A", logprob: -1 }] }];
    outgoing.end(
      JSON.stringify({
        model: "m-1",
        choices: [{ message: { content: "A" }, finish_reason: "stop", logprobs: { content } }],
        usage: { prompt_tokens: 3, completion_tokens: 1 },
      }),
    );
  });
  const chat = chatAt(url, { temperature: 0, maxCompletionTokens: 9, apiKey: ` ${KEY}\n` });
  const ask = { prompt: "p\u0000 {x} 😀", choices: ["A", "B"], topLogprobs: 5 };
  const answer = await chat.ask(ask, new AbortController().signal);
  assert.deepEqual(answer, {
    text: "A",
    refusal: null,
    finishReason: "stop",
    model: "m-1",
    usage: { promptTokens: 3, completionTokens: 1 },
    logprobs: [[{ token: "A", logprob: -1 }]],
  });
  const [body] = bodies as [Record<string, unknown>];
  assert.deepEqual(body.messages, [{ role: "user", content: ask.prompt }]);
  assert.deepEqual(
    [body.temperature, body.max_tokens, body.max_completion_tokens, body.top_logprobs, body.path, body.key],
    [0, 9, undefined, 5, "/v1/chat/completions", `Bearer ${KEY}`],
  );
});

test("after an abort what is on the adapter arrives, and nothing new is sent", async (t) => {
  let asked = 0;
  const url = await serve(t, (incoming, outgoing) => {
    asked += 1;
    incoming.resume();
    setTimeout(() => outgoing.end(completion("late")), 100);
  });
  const controller = new AbortController();
  const chat = chatAt(url);
  const all = Array.from({ length: 7 }, () =>
    chat.ask({ prompt: "p" }, controller.signal).then(
      (answer) => ("text" in answer ? answer.text : "rejected"),
      (cause) => cause.message,
    ),
  );
  while (asked < 4) await new Promise((wait) => setTimeout(wait, 5));
  controller.abort(new Error("stopped"));
  const ends = await Promise.all(all);
  assert.deepEqual(ends, ["late", "late", "late", "late", "stopped", "stopped", "stopped"]);
  assert.equal(asked, 4);
});

test("who is no chat completions server is told from one, without the key", async (t) => {
  let asked = 0;
  const url = await serve(t, (_, outgoing) => {
    asked += 1;
    outgoing.end(`<html>hello ${KEY}</html>`);
  });
  await assert.rejects(chatAt(url).ask({ prompt: "p" }, new AbortController().signal), (cause: Error) => {
    assert.match(cause.message, /none of this API.*<html>hello \[key\]/);
    assert.ok(!cause.message.includes(KEY));
    return true;
  });
  assert.equal(asked, 3);
});

test("a connection that breaks in the middle of an answer is tried again", async (t) => {
  let asked = 0;
  const url = await serve(t, (_, outgoing) => {
    asked += 1;
    if (asked > 1) return outgoing.end(completion("whole"));
    outgoing.writeHead(200, { "content-length": "1000" });
    outgoing.write('{"choices"');
    setTimeout(() => outgoing.destroy(), 20);
  });
  const answer = await chatAt(url).ask({ prompt: "p" }, new AbortController().signal);
  assert.equal("text" in answer && answer.text, "whole");
});

test("addresses and keys that cannot be ones are refused before anything is asked", () => {
  assert.throws(() => chatAt("localhost:8000"), /base_url: expected an address such as/);
  assert.throws(() => chatAt("http://me:secret@127.0.0.1/v1"), /holds a name or password/);
  assert.throws(
    () => chatAt("http://127.0.0.1/v1", { apiKey: "sk-a\u0000b" }),
    /OPENAI_API_KEY holds a character/,
  );
});

test("an answer that has no end is broken off", async (t) => {
  const url = await serve(t, (_, outgoing) => endless(outgoing));
  const server = openServer(new URL(url).origin, 1);
  await assert.rejects(
    server.send({ method: "GET", path: "/", headers: {} }, new AbortController().signal),
    /the server's answer goes on after 64 MiB/,
  );
});

test("a limit is sent by one name: OpenAI's and Azure's newer one, the older one to others", () => {
  const body = (baseUrl?: string) =>
    requestBody({ model: "m", maxCompletionTokens: 9, baseUrl }, { prompt: "p" });
  for (const own of [
    undefined,
    "https://api.openai.com/v1",
    "https://eu.api.openai.com/v1",
    "https://x.openai.azure.com/",
  ])
    assert.ok(!("max_tokens" in body(own)) && body(own).max_completion_tokens === 9, own);
  for (const other of ["https://api.openai.com.example.org/v1", "http://127.0.0.1:8000/v1"])
    assert.ok(!("max_completion_tokens" in body(other)) && body(other).max_tokens === 9, other);
});

test("this machine, private networks and a cluster's nodes need no key", () => {
  for (const url of [
    "http://localhost:8000/v1",
    "http://127.0.0.1/v1",
    "http://10.1.2.3:80",
    "http://gpu-012:8000/v1",
    "http://0.0.0.0:1",
  ])
    assert.ok(isLocal(url), url);
  for (const url of ["https://api.openai.com/v1", "http://1.2.3.4/v1", "https://gpu.example.org:8000/v1"])
    assert.ok(!isLocal(url), url);
});
