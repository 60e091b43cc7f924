import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { policy } from "../../src/language-models/api.js";
import { ApiError } from "../../src/language-models/api-error.js";
import type { ChatSettings } from "../../src/language-models/chat-settings.js";
import { openChat } from "../../src/language-models/client.js";
import { explain } from "../../src/language-models/failures.js";
import { networkOf, proxyFor } from "../../src/language-models/network.js";
import type { Ask } from "../../src/language-models/request-body.js";
import { openAiSettings } from "../../src/language-models/settings.js";
import { completion, failure, type OddReply, type OddRequest, oddServer } from "../support/odd-server.js";

const never = new AbortController().signal;
/** The usual policy without its pauses. */
const hasty: ChatSettings["policy"] = (cause, failures) => (policy(cause, failures) === null ? null : 1);

const chatWith = (baseUrl: string, more: Partial<ChatSettings> = {}) =>
  openChat({ model: "m", baseUrl, apiKey: "k", concurrency: 4, policy: hasty, ...more });

async function asked(
  t: TestContext,
  reply: (request: OddRequest, count: number) => OddReply,
  more: Partial<ChatSettings> & { readonly path?: string; readonly ask?: Partial<Ask> } = {},
) {
  const server = await oddServer(t, reply);
  const { path = "/v1", ask, ...settings } = more;
  const chat = chatWith(`http://127.0.0.1:${server.port}${path}`, settings);
  const send = (prompt = "p") => chat.ask({ prompt, ...ask }, never);
  return { ...server, chat, send };
}

const events = (...data: unknown[]) =>
  data.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join("");
const delta = (content: string, finish: string | null = null) => ({
  choices: [{ delta: { content }, finish_reason: finish }],
});

/** Bodies of replies with 200, and the text, finish reason and thoughts that are read from them. */
const BODIES: readonly (readonly [
  string,
  unknown,
  { text: string | null; finishReason: string | null; reasoning?: string },
])[] = [
  ["plain text", completion("Hi"), { text: "Hi", finishReason: "stop" }],
  [
    "parts",
    completion([
      { type: "text", text: "H" },
      { type: "text", text: "i" },
    ]),
    { text: "Hi", finishReason: "stop" },
  ],
  [
    "parts with thoughts",
    completion([
      { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
      { type: "text", text: "Hi" },
    ]),
    { text: "Hi", finishReason: "stop" },
  ],
  ["parts that are words", completion(["H", "i"]), { text: "Hi", finishReason: "stop" }],
  [
    "thoughts beside an empty text",
    completion(null, { message: { reasoning_content: "hm" } }),
    { text: null, finishReason: "stop", reasoning: "hm" },
  ],
  [
    "thoughts by another name",
    completion("Hi", { message: { reasoning: "hm" } }),
    { text: "Hi", finishReason: "stop", reasoning: "hm" },
  ],
  ["no finish reason", completion("Hi", { finish: null }), { text: "Hi", finishReason: null }],
  [
    "a stream that was not asked for",
    events(delta("H"), delta("i"), delta("", "stop"), "[DONE]"),
    { text: "Hi", finishReason: "stop" },
  ],
  ["a stream without a finish reason", events(delta("Hi"), "[DONE]"), { text: "Hi", finishReason: null }],
  ["a stream that breaks off", events(delta("H")), { text: "H", finishReason: "stream_ended_early" }],
];

for (const [name, body, expected] of BODIES)
  test(`an answer as ${name} is read`, async (t) => {
    const { send } = await asked(t, () => ({ body }));
    const reply = await send();
    assert.ok("text" in reply);
    const { text, finishReason, reasoning } = reply;
    assert.deepEqual({ text, finishReason, ...(reasoning !== undefined && { reasoning }) }, expected);
  });

/** Failures of one request: what they are told as. */
const OWN: readonly (readonly [string, OddReply, RegExp])[] = [
  [
    "a text that is flagged",
    failure(403, "requires moderation and your input was flagged", { code: 403 }),
    /403 .*input was flagged/,
  ],
  [
    "a content filter",
    failure(400, "The response was filtered due to Azure OpenAI's content management policy.", {
      param: "prompt",
      code: "content_filter",
    }),
    /400 .*content management policy/,
  ],
  [
    "a text that is too long",
    failure(400, "maximum context length is 10 tokens", { code: "context_length_exceeded" }),
    /context length/,
  ],
  ["a body that is too large", failure(413, "too large"), /413 too large/],
];

for (const [name, reply, expected] of OWN)
  test(`${name} fails that request alone, however many there are`, async (t) => {
    const { send, asked: requests } = await asked(t, ({ prompt }) =>
      prompt === "bad" ? reply : { body: completion("Hi") },
    );
    for (let count = 0; count < 12; count += 1) {
      const found = await send("bad");
      assert.ok("rejected" in found);
      assert.match(found.rejected, expected);
    }
    assert.equal(requests.length, 12, "nothing is sent twice");
    assert.ok("text" in (await send("good")));
  });

test("an error inside a reply with 200 counts as the status that it names, and fails its request where others are answered", async (t) => {
  const error = { error: { code: 502, message: "Provider returned error" }, user_id: "u" };
  const { send, asked: requests } = await asked(t, ({ prompt }) => ({
    body: prompt === "bad" ? error : completion("Hi"),
  }));
  await send("good");
  const found = await send("bad");
  assert.ok("failed" in found);
  assert.match(found.failed, /502 in a reply with 200 Provider returned error/);
  assert.ok(requests.length > 5, "it is tried again as a 502 is");
  assert.ok("text" in (await send("good")));
});

test("many texts that a server always fails at do not end the work where others are answered", async (t) => {
  const down = failure(500, "oops");
  const { chat } = await asked(
    t,
    ({ prompt }) => (prompt.startsWith("bad") ? down : { body: completion("Hi") }),
    {
      concurrency: 32,
    },
  );
  const prompts = Array.from({ length: 400 }, (_, index) =>
    index % 20 === 0 ? `bad ${index}` : `good ${index}`,
  );
  const replies = await Promise.all(prompts.map((prompt) => chat.ask({ prompt }, never)));
  assert.equal(replies.filter((reply) => "failed" in reply).length, 20);
});

test("a server that fails ten requests in a row ends the work, and one that has answered none at once", async (t) => {
  const down = failure(500, "oops");
  let isUp = true;
  const { send } = await asked(t, () => (isUp ? { body: completion("Hi") } : down));
  await send();
  isUp = false;
  for (let count = 0; count < 9; count += 1) assert.ok("failed" in (await send()));
  await assert.rejects(send(), /gives no answer, often as it was asked: 500 oops/);
  const never = await asked(t, () => down);
  await assert.rejects(never.send(), /gives no answer, often as it was asked: 500 oops/);
});

test("the same parameter refused ten times in a row ends the work with what to do; an answer between starts the count anew", async (t) => {
  const refusal = failure(400, "Unsupported value: 'temperature' does not support 0.7 with this model.", {
    param: "temperature",
  });
  const { send } = await asked(
    t,
    ({ prompt }) => (prompt === "good" ? { body: completion("Hi") } : refusal),
    { temperature: 0.7 },
  );
  for (let count = 0; count < 9; count += 1) assert.ok("rejected" in (await send()));
  await send("good");
  for (let count = 0; count < 9; count += 1) assert.ok("rejected" in (await send()));
  await assert.rejects(
    send(),
    /refuses every request, 10 in a row: 400 Unsupported value.*say temperature: null/,
  );
});

/** What ends the work at the first request, and what is said. */
const FATAL: readonly (readonly [string, OddReply, RegExp])[] = [
  [
    "a refused key",
    failure(401, "bad key"),
    /refuses the key \(401\): check OPENAI_API_KEY; it says: 401 bad key/,
  ],
  [
    "a forbidden key",
    failure(403, "not allowed from your country"),
    /refuses the key \(403\).*not allowed from your country/,
  ],
  [
    "an account that is not active",
    failure(429, "Your account is not active, please check your billing details", {
      code: "billing_not_active",
    }),
    /closed or out of credit/,
  ],
  [
    "a quota that is used up",
    failure(429, "You exceeded your current quota", { code: "insufficient_quota" }),
    /closed or out of credit/,
  ],
  [
    "a balance of nothing",
    failure(402, "Insufficient Balance"),
    /closed or out of credit: 402 Insufficient Balance/,
  ],
  ["a model that is not known", failure(404, "no such model"), /does not know the model m.*no such model/],
  [
    "another place",
    { status: 308, headers: { location: "https://elsewhere.example/v1" }, body: "" },
    /sends requests elsewhere.*elsewhere\.example/,
  ],
];

for (const [name, reply, expected] of FATAL)
  test(`${name} ends the work at once`, async (t) => {
    const { send, asked: requests } = await asked(t, () => reply);
    await assert.rejects(send(), expected);
    assert.equal(requests.length, 1);
  });

test("too many requests are waited for, though the message names the billing page", async (t) => {
  const words = "Rate limit reached for m on requests per min. Raise it on the billing page.";
  const { send } = await asked(t, (_, count) =>
    count < 3 ? failure(429, words, { code: "rate_limit_exceeded" }) : { body: completion("Hi") },
  );
  assert.ok("text" in (await send()));
});

test("the limit of tokens is sent by the name that the server knows, learnt once", async (t) => {
  const wrong = failure(
    400,
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    { param: "max_tokens" },
  );
  const {
    send,
    asked: requests,
    chat,
  } = await asked(t, ({ body }) => ("max_tokens" in body ? wrong : { body: completion("Hi") }), {
    maxCompletionTokens: 9,
  });
  for (let count = 0; count < 3; count += 1) assert.ok("text" in (await send()));
  assert.deepEqual(
    requests.map(({ body }) => [body.max_tokens, body.max_completion_tokens]),
    [
      [9, undefined],
      [undefined, 9],
      [undefined, 9],
      [undefined, 9],
    ],
  );
  assert.equal(chat.dialect.limitName, "max_completion_tokens");
  const both = await asked(t, () => failure(400, "unknown field max_tokens or max_completion_tokens"), {
    maxCompletionTokens: 9,
  });
  assert.ok("rejected" in (await both.send()));
  assert.equal(both.asked.length, 2);
});

test("a server that cannot be told to answer in one form is asked without", async (t) => {
  const { send, asked: requests } = await asked(
    t,
    ({ body }) =>
      "response_format" in body
        ? failure(400, "response_format is not supported")
        : { body: completion("A") },
    { ask: { choices: ["A", "B"] } },
  );
  assert.ok("text" in (await send()));
  assert.ok("text" in (await send()));
  assert.equal(requests.length, 3);
});

test("Azure gets the query and its own header; others a bearer; headers, query and fields of the configuration are added", async (t) => {
  const good = () => ({ body: completion("Hi") });
  const azure = await asked(t, good, { path: "/openai/deployments/gpt-4o?api-version=2024-06-01" });
  await azure.send();
  const [first] = azure.asked;
  assert.equal(first!.path, "/openai/deployments/gpt-4o/chat/completions?api-version=2024-06-01");
  assert.deepEqual([first!.headers["api-key"], first!.headers.authorization], ["k", undefined]);
  const chat = {
    model: "m",
    headers: { "x-title": "rate", authorization: "Token $GATEWAY_KEY" },
    query: { version: "2" },
    extraBody: { think: false },
    reasoningEffort: "low",
    chatTemplateKwargs: { enable_thinking: false },
    temperature: null,
  };
  const environment = { GATEWAY_KEY: "gateway-secret-1" };
  const settings = openAiSettings({ chat, environment });
  const other = await asked(t, good, {
    ...settings,
    baseUrl: undefined as never,
    apiKey: undefined,
    path: "/v1",
  });
  const own = chatWith(other.url, { ...settings, baseUrl: other.url, apiKey: undefined });
  await own.ask({ prompt: "p" }, never);
  const { headers, path, body } = other.asked.at(-1)!;
  assert.deepEqual(
    [headers["x-title"], headers.authorization, path],
    ["rate", "Token gateway-secret-1", "/v1/chat/completions?version=2"],
  );
  assert.deepEqual(
    [body.think, body.reasoning_effort, body.chat_template_kwargs, "temperature" in body],
    [false, "low", { enable_thinking: false }, false],
  );
  assert.ok(!JSON.stringify(own.facts).includes("gateway-secret"));
  assert.throws(
    () => openAiSettings({ chat, environment: {} }),
    /authorization needs the environment variable GATEWAY_KEY/,
  );
});

test("a key in a header is never told", async (t) => {
  const { url } = await oddServer(t, () => failure(400, "what is gateway-secret-1?"));
  const chat = chatWith(url, { headers: { "x-key": "gateway-secret-1" } });
  const reply = await chat.ask({ prompt: "p" }, never);
  assert.ok(
    "rejected" in reply && reply.rejected.includes("[key]") && !reply.rejected.includes("gateway-secret"),
  );
});

test("a pause is a wish: it is kept for two minutes at most, and said", async (t) => {
  const said: string[] = [];
  const waits: (number | null)[] = [];
  const { send } = await asked(
    t,
    (_, count) =>
      count === 1
        ? { ...failure(503, "later"), headers: { "retry-after": "8000" } }
        : { body: completion("Hi") },
    {
      say: (line) => said.push(line),
      policy: (cause, failures) => {
        waits.push(policy(cause, failures));
        return 1;
      },
    },
  );
  await send();
  assert.ok(waits[0]! >= 120_000 && waits[0]! <= 132_000, String(waits));
  assert.match(said.join(), /the server asks for a pause: waiting 1 s \(it asks for 8000 s\)/);
});

test("an unknown host and a server without TLS end the work at once", async (t) => {
  const host = chatWith("http://no-such-host.invalid/v1").ask({ prompt: "p" }, never);
  await assert.rejects(host, /there is no host of that name/);
  const { port } = await oddServer(t, () => ({ body: completion("Hi") }));
  const plain = chatWith(`https://127.0.0.1:${port}/v1`).ask({ prompt: "p" }, never);
  await assert.rejects(plain, /does not speak TLS as it should .*a server without TLS needs http:/);
});

test("a certificate that is not trusted is final, and the file that helps is named", () => {
  for (const code of [
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "CERT_HAS_EXPIRED",
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ]) {
    const cause = new ApiError("self-signed", null, code, 0, null);
    assert.equal(policy(cause, 1), null, code);
    const meaning = explain(cause, { baseUrl: "https://a.example", model: "m" });
    assert.match(String("fatal" in meaning && meaning.fatal), /NODE_EXTRA_CA_CERTS/);
  }
  assert.notEqual(policy(new ApiError("reset", null, "ECONNRESET", 0, null), 1), null);
});

test("proxies and their exceptions are those of the environment", () => {
  const network = networkOf({
    HTTPS_PROXY: "http://proxy.example:3128",
    http_proxy: "proxy.example:8080",
    NO_PROXY: "internal.example, .corp.example,special.example:8443",
  });
  for (const [origin, proxy] of [
    ["https://api.example.org", "http://proxy.example:3128"],
    ["http://api.example.org", "http://proxy.example:8080"],
    ["https://internal.example", null],
    ["https://a.internal.example", null],
    ["https://notinternal.example", "http://proxy.example:3128"],
    ["https://a.corp.example", null],
    ["https://special.example:8443", null],
    ["https://special.example", "http://proxy.example:3128"],
    ["http://127.0.0.1:8000", null],
    ["http://localhost:8000", null],
  ] as const)
    assert.equal(proxyFor(origin, network), proxy, origin);
  assert.equal(proxyFor("https://a.example", networkOf({ HTTPS_PROXY: "http://p:1", NO_PROXY: "*" })), null);
  assert.equal(proxyFor("https://a.example", networkOf({})), null);
  assert.equal(proxyFor("https://a.example", networkOf({ ALL_PROXY: "http://p:1" })), "http://p:1");
});

test("a request goes through the proxy", async (t) => {
  const seen: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    incoming.resume();
    outgoing.end(JSON.stringify(completion("Hi")));
  });
  proxy.on("connect", (incoming, socket) => {
    seen.push(`CONNECT ${incoming.url}`);
    socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
  });
  await new Promise<void>((ready) => proxy.listen(0, "127.0.0.1", ready));
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const network = networkOf({ HTTP_PROXY: address, HTTPS_PROXY: address });
  const reply = await chatWith("http://llm.invalid/v1", { network }).ask({ prompt: "p" }, never);
  assert.ok("text" in reply && reply.text === "Hi");
  await assert.rejects(
    chatWith("https://llm.invalid/v1", { network }).ask({ prompt: "p" }, never),
    /the proxy wants a name and password/,
  );
  assert.equal(seen[0], "POST http://llm.invalid/v1/chat/completions");
  assert.match(seen[1]!, /CONNECT llm\.invalid(:443)?/);
});
