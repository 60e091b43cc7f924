import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ExampleId } from "../../../src/domain/example.js";
import { fractionOf } from "../../../src/domain/hash.js";
import type { ChatReply } from "../../../src/language-models/client.js";
import { answerTo } from "../../../src/rewriting/answers/answers.js";
import { parseLine as parseAnthropic } from "../../../src/rewriting/backends/anthropic-batch.js";
import { parseLine } from "../../../src/rewriting/backends/openai-batch.js";
import { type BatchBehaviour, type BatchServer, batchServer } from "../../support/batch-server.js";
import { contents } from "../../support/contents.js";
import { emptyFolder } from "../../support/folders.js";
import { rate } from "../../support/program.js";
import { sharedData } from "../../support/shared.js";

const env = { OPENAI_API_KEY: "sk-secret-123" };
const reviews = sharedData("imdb_reviews.jsonl");

/** A rewrite that tells which text and direction it is of. */
function rewritten(prompt: string): string {
  const at = prompt.lastIndexOf("\n\n[Adjust");
  return `${prompt.slice(0, at)} → ${prompt.slice(at).includes("longer") ? "longer" : "shorter"}`;
}

/** Every fortieth prompt or so gets a bad answer: always the same one where the text says so, else only the first time. */
const lawful = (): BatchBehaviour => {
  const bad = new Set<string>();
  return {
    ...behaviour,
    reply: (prompt) => {
      if (fractionOf(`bad ${prompt}`) < 0.025 && !bad.has(prompt)) {
        bad.add(prompt);
        return fractionOf(prompt) < 0.5 ? { refusal: "No." } : { text: "half", finish: "length" };
      }
      return behaviour.reply(prompt);
    },
  };
};

const behaviour: BatchBehaviour = {
  reply: (prompt) => {
    if (prompt.includes("refuse me")) return { refusal: "No." };
    if (prompt.includes("cut me")) return { text: "half", finish: "length" };
    return { text: rewritten(prompt) };
  },
  maxLines: 100,
  failing: 0.2,
  rough: 0.2,
  expiring: [1, 4],
};

function study(
  cwd: string,
  url: string,
  file: string,
  count: number,
  searchSeconds = 0.3,
  maxRequests = 100,
): void {
  writeFileSync(
    join(cwd, "config.yaml"),
    `rewrites:
  dataset_name: reviews
  data: { file: ${file}, columns: { response: text }, prompt: "Write a movie review: " }
  attribute: length
  rewriter: openai-batch
  model: test-model
  base_url: ${url}
  n_examples: ${count}
  batch: { max_requests: ${maxRequests}, poll_seconds: 0.02, search_seconds: ${searchSeconds} }
`,
  );
}

interface Stored {
  readonly w_original: boolean;
  readonly completions: Record<string, string>;
  readonly rewrite_failure?: { readonly reason: string };
}

function checkTexts(cwd: string, count: number): void {
  const folder = join(cwd, "data/rewrites");
  const [name] = readdirSync(folder).filter((found) => found.endsWith(".json"));
  const data: Record<string, Stored> = JSON.parse(readFileSync(join(folder, name!), "utf8"));
  assert.equal(Object.keys(data).length, count);
  for (const { completions, w_original, rewrite_failure } of Object.values(data)) {
    const { original, rewrite, "rewritten rewrite": second } = completions;
    if (/refuse me|cut me/.test(original!)) {
      assert.match(rewrite_failure!.reason, /refused|cut_off/);
      continue;
    }
    const [first, back] = w_original ? ["shorter", "longer"] : ["longer", "shorter"];
    assert.deepEqual([rewrite, second], [`${original} → ${first}`, `${original} → ${first} → ${back}`]);
  }
}

/** No prompt is paid twice, except where the first answer was bad. */
function checkPaid({ paid }: BatchServer): void {
  const twice = [...paid].filter(([, count]) => count > 1);
  assert.ok(twice.length > 10);
  assert.ok(twice.every(([prompt, count]) => count === 2 && fractionOf(`bad ${prompt}`) < 0.025));
}

const create = (cwd: string, killWhen?: Promise<unknown>) =>
  rate(["create-dataset", "--config", "config.yaml"], { cwd, env, ...(killWhen && { killWhen }) });

function own(t: TestContext, count: number): string {
  const cwd = emptyFolder(t);
  const texts = Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      text: `review ${i} ${"x".repeat(i)} ${i === 7 ? "refuse me" : i === 9 ? "cut me" : ""}`,
    }),
  );
  writeFileSync(join(cwd, "reviews.jsonl"), texts.join("\n"));
  return cwd;
}

test("1,000 reviews through a batch API that misbehaves lawfully", { skip: reviews.skip }, async (t) => {
  const cwd = emptyFolder(t);
  const server = await batchServer(t, lawful());
  study(cwd, server.url, reviews.path, 1000);
  const done = await create(cwd);
  assert.equal(done.code, 0, done.stderr);
  checkTexts(cwd, 1000);
  checkPaid(server);
  assert.equal(server.paid.size, 2000);
  assert.ok(server.batches.some(({ status }) => status === "expired"));
});

test("the same, killed every few hundred milliseconds until it is done", {
  skip: reviews.skip,
}, async (t) => {
  const cwd = emptyFolder(t);
  const server = await batchServer(t, lawful());
  study(cwd, server.url, reviews.path, 1000);
  let runs = 1;
  for (; ; runs += 1) {
    // From the first call on, and ever later, so that it comes to an end on a busy machine too.
    const done = await create(cwd, server.afterNextCall(((runs * 137) % 300) + 200 * 1.12 ** runs));
    if (done.code === 0) break;
    assert.equal(done.code, null, done.stderr);
  }
  t.diagnostic(`${runs} runs, ${server.batches.length} batches`);
  assert.ok(runs > 5);
  assert.ok(server.batches.some(({ status }) => status === "expired"));
  checkTexts(cwd, 1000);
  checkPaid(server);
});

test("bad answers are asked once more and left out; live and batch share their answers; no key is written", async (t) => {
  const cwd = own(t, 30);
  const server = await batchServer(t, { reply: behaviour.reply, failing: 0.2, expiring: [1], fullFor: 1 });
  study(cwd, server.url, "reviews.jsonl", 30);
  const done = await create(cwd);
  assert.equal(done.code, 0, done.stderr);
  checkTexts(cwd, 30);
  const twice = [...server.paid].filter(([, count]) => count > 1).map(([prompt]) => prompt);
  assert.equal(twice.length, 2);
  assert.ok(twice.every((prompt) => /refuse me|cut me/.test(prompt)));
  const before = [...server.paid.values()].reduce((sum, count) => sum + count, 0);
  const again = await rate(["create-dataset", "--config", "config.yaml"], { cwd, env });
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /56 answers of earlier runs/);
  assert.equal(
    [...server.paid.values()].reduce((sum, count) => sum + count, 0),
    before + 4,
    "what failed is asked again, twice as before, and nothing else",
  );
  const anew = await rate(["create-dataset", "--config", "config.yaml", "--no-cache"], { cwd, env });
  assert.equal(anew.code, 0, anew.stderr);
  assert.equal(
    [...server.paid.values()].reduce((sum, count) => sum + count, 0),
    2 * before + 4,
  );
  assert.ok(!JSON.stringify(contents(cwd)).includes(env.OPENAI_API_KEY));
});

test("a cancelled batch stops the run; the same command sends what is open again; batches are listed", async (t) => {
  const cwd = own(t, 40);
  const pace = { reply: behaviour.reply, slow: 1_000_000 };
  const server = await batchServer(t, pace);
  study(cwd, server.url, "reviews.jsonl", 40);
  const running = create(cwd);
  while (server.batches.length === 0) await new Promise((wait) => setTimeout(wait, 20));
  await new Promise((wait) => setTimeout(wait, 200));
  const listed = await rate(["batches", "--json"], { cwd, env });
  assert.equal(listed.code, 0, listed.stderr);
  assert.equal(JSON.parse(listed.stdout)[0].batch, "batch_0");
  const cancelled = await rate(["batches", "cancel", "batch_0"], { cwd, env });
  assert.equal(cancelled.code, 0, cancelled.stderr);
  pace.slow = 1;
  const stopped = await running;
  assert.equal(stopped.code, 1, stopped.stderr);
  assert.match(stopped.stderr, /batch batch_0 was cancelled; what it had answered is kept/);
  const done = await rate(["batches", "resume"], { cwd, env });
  assert.equal(done.code, 0, done.stderr);
  checkTexts(cwd, 40);
  const twice = [...server.paid].filter(([prompt, count]) => count > 1 && !/refuse me|cut me/.test(prompt));
  assert.deepEqual(twice, []);
});

test("a batch that fails as a whole says why", async (t) => {
  const cwd = own(t, 200);
  const server = await batchServer(t, { reply: behaviour.reply, maxLines: 10 });
  study(cwd, server.url, "reviews.jsonl", 200);
  const done = await create(cwd);
  assert.equal(done.code, 2);
  assert.match(done.stderr, /batch batch_0 failed: too_many_tasks: too many lines/);
});

/** Resolves when the server has created so many batches. */
async function created({ batches }: BatchServer, count = 1): Promise<void> {
  while (batches.length < count) await new Promise((wait) => setTimeout(wait, 2));
}

test("a batch whose creation was answered by nobody, and that is listed late, is found and not paid twice", async (t) => {
  const cwd = own(t, 30);
  const server = await batchServer(t, { reply: behaviour.reply, lostCreations: 2, listedAfter: 700 });
  study(cwd, server.url, "reviews.jsonl", 30, 60);
  const killed = await create(cwd, created(server));
  assert.equal(killed.code, null, "killed while it looked for the batch");
  const done = await create(cwd);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stderr, /broken off while a batch was created; looking for the batch/);
  assert.match(done.stderr, /the answer to a batch's creation was lost/);
  checkTexts(cwd, 30);
  const twice = [...server.paid].filter(([, count]) => count > 1);
  assert.ok(twice.every(([prompt]) => /refuse me|cut me/.test(prompt)));
  assert.equal(server.batches.length, 2);
});

test("a creation that failed and left nothing is made again when the search is over", async (t) => {
  const cwd = own(t, 30);
  const server = await batchServer(t, { reply: behaviour.reply, failedCreations: 1 });
  study(cwd, server.url, "reviews.jsonl", 30);
  const done = await create(cwd);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stderr, /no batch can be created now \(500 oops; none that was created is listed/);
  checkTexts(cwd, 30);
});

for (const [further, ahead] of [
  ["the one that was created first", 50],
  ["the one that was created second", 0],
] as const) {
  test(`of two batches with the same requests, since one was listed late, ${further} goes on where it is further`, async (t) => {
    const cwd = own(t, 60);
    const server = await batchServer(t, {
      reply: behaviour.reply,
      lostCreations: 1,
      listedAfter: 900,
      together: true,
      slow: 60,
    });
    study(cwd, server.url, "reviews.jsonl", 60);
    void created(server).then(() => {
      server.batches[0]!.looks = ahead;
    });
    const killed = await create(
      cwd,
      created(server, 2).then(() => server.afterNextCall(20)),
    );
    assert.equal(killed.code, null, "killed while both were under way, and only the second was known");
    const done = await create(cwd);
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stderr, /the batch batch_0 is listed after all, though its requests were sent again/);
    const [stopped, whole] = ahead > 0 ? [1, 0] : [0, 1];
    assert.match(
      done.stderr,
      new RegExp(`batch batch_${stopped}: cancelled, another batch holds its requests`),
    );
    assert.equal(server.batches[stopped]!.status, "cancelled");
    assert.equal(server.batches[whole]!.status, "completed");
    assert.deepEqual(server.batches[0]!.lines, server.batches[1]!.lines);
    checkTexts(cwd, 60);
  });
}

test("a request that a full queue kept out is sent again, though what filled the queue has ended by then", async (t) => {
  const cwd = own(t, 4);
  const server = await batchServer(t, { reply: behaviour.reply, quick: true });
  study(cwd, server.url, "reviews.jsonl", 4, 0.3, 1);
  const done = await create(cwd);
  assert.equal(done.code, 0, done.stderr);
  const refused = server.batches.filter(({ failure }) => failure.length > 0);
  assert.ok(refused.length > 0 && refused.every(({ lines }) => lines.length === 1));
  assert.equal(server.paid.size, 8);
  checkTexts(cwd, 4);
});

test("a queue that others fill for long is waited for: nothing is lost, and batches are large again afterwards", async (t) => {
  const cwd = own(t, 30);
  const server = await batchServer(t, { reply: behaviour.reply, quick: true, fullFor: 40 });
  study(cwd, server.url, "reviews.jsonl", 30);
  const done = await create(cwd);
  assert.equal(done.code, 0, done.stderr);
  assert.match(
    done.stderr,
    /no batch can be created now \(Enqueued token limit reached for Bearer \[key\]\); waiting/,
  );
  assert.ok(server.batches.slice(10, 40).every(({ lines }) => lines.length === 1));
  assert.ok(server.batches.slice(41).some(({ lines }) => lines.length >= 28));
  checkTexts(cwd, 30);
});

test("a queue that stays full stops the work in the end; the same command goes on", async (t) => {
  const cwd = own(t, 30);
  const server = await batchServer(t, { reply: behaviour.reply, quick: true, fullFor: 70 });
  study(cwd, server.url, "reviews.jsonl", 30);
  const stopped = await create(cwd);
  assert.equal(stopped.code, 1, stopped.stderr);
  assert.match(
    stopped.stderr,
    /no room for a batch after 60 tries \(Enqueued token limit reached for Bearer \[key\]\); what has been answered is kept; the same command goes on/,
  );
  const done = await create(cwd);
  assert.equal(done.code, 0, done.stderr);
  checkTexts(cwd, 30);
});

test("a batch that is gone at the provider is named as that", async (t) => {
  const cwd = own(t, 30);
  const server = await batchServer(t, { reply: behaviour.reply, slow: 1000 });
  study(cwd, server.url, "reviews.jsonl", 30);
  const killed = await create(
    cwd,
    Promise.all([created(server), server.afterNextCall(0)]).then(() => server.afterNextCall(200)),
  );
  assert.equal(killed.code, null);
  server.batches.length = 0;
  const done = await create(cwd);
  assert.equal(done.code, 2);
  assert.match(done.stderr, /does not know the batch batch_0 \(404 no such thing\): is it the key/);
});

test("a dry run counts and prices and asks nothing; a limit stops before it is passed", async (t) => {
  const cwd = own(t, 30);
  const server = await batchServer(t, { reply: behaviour.reply });
  study(cwd, server.url, "reviews.jsonl", 30);
  const config = readFileSync(join(cwd, "config.yaml"), "utf8");
  writeFileSync(join(cwd, "config.yaml"), `${config}  prices: { prompt: 1000, completion: 1000 }\n`);
  const dry = await rate(["create-dataset", "--config", "config.yaml", "--dry-run", "--json"], { cwd, env });
  assert.equal(dry.code, 0, dry.stderr);
  const [estimate] = JSON.parse(dry.stdout);
  assert.equal(estimate.requests, 60);
  assert.equal(
    estimate.cost,
    (0.5 * 1000 * (estimate.promptTokens + estimate.completionTokens)) / 1e6,
    "batches cost half",
  );
  assert.equal(server.batches.length, 0);
  const limited = await rate(["create-dataset", "--config", "config.yaml", "--max-cost", "0.01"], {
    cwd,
    env,
  });
  assert.equal(limited.code, 1, limited.stderr);
  assert.match(limited.stderr, /the limit of \$0\.01 would be passed/);
  assert.equal(server.batches.length, 0);
});

for (const [name, line, expected] of [
  [
    "a 4xx with error null",
    { response: { status_code: 400, body: { error: { message: "m" } } }, error: null },
    "rejected",
  ],
  ["an error and no response", { response: null, error: { code: "batch_expired", message: "m" } }, "again"],
  ["a 429", { response: { status_code: 429, body: {} }, error: null }, "again"],
  ["vLLM's failure", { response: { status_code: 500 }, error: { message: "m" } }, "again"],
  ["a 200 without a choice", { response: { status_code: 200, body: { choices: [] } } }, "unreadable"],
  ["a 200 and an error in its body", { response: { status_code: 200, body: { error: "no" } } }, "unreadable"],
  ["nothing at all", {}, "unreadable"],
  ["a response that is a list", { response: [] }, "unreadable"],
] as const) {
  test(`a line with ${name} is ${expected}`, () => {
    const parsed = parseLine(JSON.stringify({ custom_id: "x", ...line }), "answers");
    assert.ok("reply" in parsed && expected in parsed.reply, JSON.stringify(parsed));
  });
}

test("what is billed is read though the answer cannot be", () => {
  const body = { choices: [{ message: "hi" }], usage: { prompt_tokens: 3, completion_tokens: 4 } };
  const line = JSON.stringify({ custom_id: "x", response: { status_code: 200, body } });
  const parsed = parseLine(line, "answers");
  assert.ok("reply" in parsed && "unreadable" in parsed.reply);
  assert.deepEqual(parsed.reply.usage, { promptTokens: 3, completionTokens: 4 });
});

test("lines that do not name their request have a fault", () => {
  assert.match(JSON.stringify(parseLine("{", "answers")), /not JSON/);
  assert.match(JSON.stringify(parseLine("<html>", "answers")), /not JSON/);
  assert.match(JSON.stringify(parseLine('{"id": 1}', "answers")), /custom_id/);
});

const message = {
  content: [{ type: "text", text: "hi" }],
  stop_reason: "max_tokens",
  model: "m",
  usage: { input_tokens: 3, output_tokens: 4 },
};
const anthropic = (result: unknown) => {
  const found = parseAnthropic(JSON.stringify({ custom_id: "x", result }));
  assert.ok("reply" in found);
  return found.reply;
};

test("in batches too only what is known to be whole is a rewrite, and thoughts are none", () => {
  const request = {
    id: "1" as ExampleId,
    step: "rewrite",
    attempt: 0,
    text: "Hello, my friend.",
    target: true,
    prompt: "p",
  } as const;
  const reasonOf = (reply: unknown) => {
    const { outcome } = answerTo(request, reply as ChatReply);
    return outcome.status === "ok" ? outcome.text : outcome.reason;
  };
  const said = (more: object) =>
    anthropic({
      type: "succeeded",
      message: { ...message, content: [{ type: "text", text: "Hi, friend." }], ...more },
    });
  for (const [stop_reason, becomes] of [
    ["end_turn", "Hi, friend."],
    ["stop_sequence", "Hi, friend."],
    [null, "Hi, friend."],
    ["max_tokens", "cut_off"],
    ["model_context_window_exceeded", "cut_off"],
    ["pause_turn", "cut_off"],
    ["tool_use", "cut_off"],
    ["a word of the future", "cut_off"],
    ["refusal", "refused"],
  ] as const)
    assert.equal(reasonOf(said({ stop_reason })), becomes, String(stop_reason));
  const thinking = { type: "thinking", thinking: "Let me see." };
  const text = { type: "text", text: "Hi, friend." };
  assert.equal(reasonOf(said({ stop_reason: "end_turn", content: [thinking, text] })), "Hi, friend.");
  assert.equal(reasonOf(said({ stop_reason: "end_turn", content: [thinking] })), "reasoning");
});

test("Anthropic's results are read, one odd line by itself", () => {
  const usage = { promptTokens: 3, completionTokens: 4 };
  const reply = { text: "hi", refusal: null, finishReason: "length", model: "m" };
  assert.deepEqual(anthropic({ type: "succeeded", message }), { ...reply, usage });
  assert.deepEqual(anthropic({ type: "succeeded", message: { ...message, usage: null } }), reply);
  assert.deepEqual(anthropic({ type: "expired" }), { again: "expired" });
  assert.deepEqual(anthropic({ type: "errored", error: null }), { again: "errored" });
  const odd = anthropic({ type: "succeeded", message: { ...message, content: null } });
  assert.ok("unreadable" in odd);
  assert.match(odd.unreadable, /content: /);
  assert.deepEqual(odd.usage, usage);
  for (const result of [null, {}, { type: "succeeded", message: null }, { type: 7 }])
    assert.ok("unreadable" in anthropic(result), JSON.stringify(result));
});
