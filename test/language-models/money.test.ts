import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readConfig } from "../../src/cli/settings.js";
import { Ledger } from "../../src/domain/ledger.js";
import { withLimit } from "../../src/language-models/limit.js";
import { priceOf } from "../../src/language-models/prices.js";
import { openCounter } from "../../src/language-models/pricing.js";
import { createDataset } from "../../src/rewriting/stage/create-dataset.js";
import type { Context } from "../../src/storage/project/context.js";
import { Project } from "../../src/storage/project/project.js";
import { datasetsOf } from "../../src/study/plan.js";
import { chatServer } from "../support/chat-server.js";
import { emptyFolder } from "../support/folders.js";
import { rate } from "../support/program.js";

test("prices: by the whole name, with or without a date; batches at half; the configuration first", () => {
  for (const [model, prompt, completion] of [
    ["gpt-4o", 2.5, 10],
    ["gpt-4o-2024-08-06", 2.5, 10],
    ["gpt-4o-2024-05-13", 5, 15],
    ["gpt-4o-mini-2024-07-18", 0.15, 0.6],
    ["gpt-3.5-turbo-0125", 0.5, 1.5],
    ["claude-sonnet-4-20250514", 3, 15],
    ["claude-sonnet-4@20250514", 3, 15],
    ["claude-sonnet-4-5-20250929", 3, 15],
    ["claude-3-5-haiku-latest", 0.8, 4],
    ["claude-opus-4-5-20251101", 5, 25],
  ] as const)
    assert.deepEqual(priceOf(model, undefined, false), { prompt, completion }, model);
  assert.deepEqual(priceOf("gpt-4o-mini-2024-07-18", undefined, true), { prompt: 0.075, completion: 0.3 });
  assert.deepEqual(priceOf("gpt-4o", { prompt: 1, completion: 2 }, false), { prompt: 1, completion: 2 });
});

test("prices: another ending than a date is another model, at a price that is not known", () => {
  for (const model of [
    "my-model",
    "gpt-5-pro",
    "gpt-5.5",
    "o3-pro",
    "o3-mini",
    "o3-deep-research-2025-06-26",
    "gpt-4o-audio-preview-2024-12-17",
    "gpt-4o-mini-tts",
    "claude-opus-4-6",
    "claude-opus-4-6-20260201",
    "claude-sonnet-4-9999",
    "gpt-4o-latest-pro",
    "ft:gpt-4o-mini-2024-07-18:org::id",
    "constructor",
    "",
  ])
    assert.equal(priceOf(model, undefined, false), null, model);
  assert.deepEqual(priceOf("o3-pro", { prompt: 20, completion: 80 }, true), { prompt: 10, completion: 40 });
});

test("tokens are counted as OpenAI's tokenizer does, marks in a text as text", async () => {
  const { count, exact } = await openCounter("gpt-4o-2024-08-06");
  // 24912 and 2375 are "hello" and " world" in o200k_base; seven more make a chat message.
  assert.equal(count("hello world"), 9);
  assert.equal(exact, true);
  assert.ok(count("<|endoftext|>") > 8);
  assert.equal((await openCounter("llama")).exact, false);
});

test("too many requests lower the number under way, and a pause holds all back", async () => {
  let active = 0;
  let most = 0;
  let calls = 0;
  const server = async () => {
    active += 1;
    most = Math.max(most, active);
    await new Promise((wait) => setTimeout(wait, 5));
    active -= 1;
    calls += 1;
    return calls <= 32
      ? { status: 429, text: "", header: (name: string) => (name === "retry-after-ms" ? "60" : null) }
      : { status: 200, text: "", header: () => null };
  };
  const limited = withLimit(server, 32);
  const request = { method: "GET", path: "/", headers: {} } as const;
  const burst = (count: number) =>
    Promise.all(Array.from({ length: count }, () => limited(request, new AbortController().signal)));
  await burst(32);
  assert.equal(most, 32);
  most = 0;
  const started = performance.now();
  await burst(40);
  assert.ok(most <= 22 + 2, `${most} under way after a 429`);
  assert.ok(performance.now() - started > 50, "the pause was kept");
  most = 0;
  await burst(600);
  assert.ok(most > 24, `${most}: it grows again`);
});

const rows = (texts: string[]) => texts.map((text, id) => JSON.stringify({ id, text })).join("\n");

test("a judge labels what no rule can, once; placebos are rewritten; flips are judged", async (t) => {
  const cwd = emptyFolder(t);
  const server = await chatServer(t, (prompt) => {
    if (prompt.includes("[Beginning of the response]")) {
      const response = /\[Beginning of the response\]\n([\s\S]*)\n\[End/.exec(prompt)![1]!;
      if (response.includes("undecidable")) return { text: "maybe" };
      return { text: response.includes("please") ? '{"answer":"B"}' : "A" };
    }
    const text = prompt.split("\n\n[")[0]!;
    if (prompt.includes("[Reword")) return { text: `${text} (same)` };
    // The rewriter fails to make number 3 polite.
    if (text.startsWith("number 3")) return { text: `${text} again` };
    return { text: prompt.includes("more polite") ? `${text} please` : text.replaceAll(" please", " now") };
  });
  const texts = Array.from({ length: 12 }, (_, i) => `number ${i}${i % 2 === 0 ? " please" : ""}`);
  writeFileSync(join(cwd, "rows.jsonl"), rows([...texts, "undecidable"]));
  writeFileSync(
    join(cwd, "config.yaml"),
    `rewrites:
  dataset_name: rows
  data: { file: rows.jsonl, columns: { id: id, response: text }, prompt: "" }
  attribute: politeness
  rewriter: openai
  model: m
  base_url: ${server.url}
  judge: { model: m, base_url: "${server.url}" }
  placebo: true
`,
  );
  const create = () => rate(["create-dataset", "--config", "config.yaml", "--json"], { cwd });
  const done = await create();
  assert.equal(done.code, 0, done.stderr);
  const data = JSON.parse(readFileSync(JSON.parse(done.stdout).rewrites[0], "utf8"));
  assert.equal(Object.keys(data).length, 12, "the undecided row is left out");
  assert.deepEqual([data[2].w_original, data[2].w_rewrite, data[2].w_rewritten_rewrite], [true, false, true]);
  assert.deepEqual(
    [data[3].w_original, data[3].w_rewrite],
    [false, false],
    "a failed flip is kept, and said",
  );
  assert.equal(data[2].completions.placebo, "number 2 please (same)");
  const asked = server.answered.length;
  assert.equal((await create()).code, 0);
  assert.equal(server.answered.length, asked + 2, "only what could not be read is asked for again, twice");
  const [template] = readdirSync(join(cwd, "data/rewrites")).filter((name) => name.endsWith(".txt"));
  assert.match(readFileSync(join(cwd, "data/rewrites", template!), "utf8"), /"labelled_by": "judge"/);

  const scored = await rate(
    ["score", "--dataset", JSON.parse(done.stdout).rewrites[0], "--model", "embedded", "--json"],
    { cwd },
  );
  assert.equal(scored.code, 0, scored.stderr);
  const [line] = readFileSync(JSON.parse(scored.stdout).scored[0], "utf8").split("\n");
  assert.equal(typeof JSON.parse(line!)["rate/review-sentiment"].placebo, "number");
});

test("a measure is split where the configuration says; what has none is refused", async (t) => {
  const cwd = emptyFolder(t);
  writeFileSync(join(cwd, "rows.jsonl"), rows(["good", "good, great and superb", "fine", "bad", "great"]));
  const make = (attribute: string) => {
    writeFileSync(
      join(cwd, "config.yaml"),
      `rewrites:
  dataset_name: rows
  data: { file: rows.jsonl, columns: { id: id, response: text }, prompt: "" }
  attribute: ${attribute}
  threshold: median
  rewriter: builtin
`,
    );
    return rate(["create-dataset", "--config", "config.yaml", "--json"], { cwd });
  };
  const done = await make("sentiment");
  assert.equal(done.code, 0, done.stderr);
  const data: Record<string, { w_original: boolean }> = JSON.parse(
    readFileSync(JSON.parse(done.stdout).rewrites[0], "utf8"),
  );
  const treated = Object.values(data).filter(({ w_original }) => w_original).length;
  assert.ok(treated <= 2, "at most half lie above the median, though nearly all are positive");
  const refused = await make("politeness");
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /threshold: the attribute politeness has no measure/);
});

test("odd texts are sent and kept as they are, or refused with their place", async (t) => {
  const cwd = emptyFolder(t);
  const seen: string[] = [];
  const server = await chatServer(t, (prompt) => {
    seen.push(prompt);
    return { text: `${prompt.split("\n\n[")[0]}+` };
  });
  const odd = [
    "{original_completion} {w_counterfactual_string} {}",
    "a\u0000b",
    `long ${"x".repeat(100_000)}`,
    "q\u2028r \ufeff 日本 😀",
  ];
  writeFileSync(join(cwd, "rows.jsonl"), rows(odd));
  const call = [
    "create-dataset",
    "--data",
    "rows.jsonl",
    "--response",
    "text",
    "--prompt",
    "",
    "--attribute",
    "length",
    "--rewriter",
    "openai",
  ];
  const more = ["--rewriter-model", "m", "--base-url", server.url, "--json"];
  const done = await rate([...call, ...more], { cwd });
  assert.equal(done.code, 0, done.stderr);
  const data = JSON.parse(readFileSync(JSON.parse(done.stdout).rewrites[0], "utf8"));
  for (const [id, text] of odd.entries()) {
    assert.deepEqual(data[id].completions, {
      original: text,
      rewrite: `${text}+`,
      "rewritten rewrite": `${text}++`,
    });
    assert.ok(seen.some((prompt) => prompt.startsWith(`${text}\n\n[Adjust`)));
  }
  writeFileSync(join(cwd, "rows.jsonl"), '{"text": "fine"}\n{"text": "half \\ud83d"}');
  const half = await rate([...call, ...more], { cwd });
  assert.equal(half.code, 2);
  assert.match(half.stderr, /rows\.jsonl:2: the completion|rows\.jsonl:2: .*lone surrogate/);
  writeFileSync(
    join(cwd, "rows.jsonl"),
    Buffer.concat([Buffer.from('{"text": "fine"}\n{"text": "'), Buffer.from([0xff, 0x22, 0x7d])]),
  );
  const bytes = await rate([...call, ...more], { cwd });
  assert.equal(bytes.code, 2);
  assert.match(bytes.stderr, /rows\.jsonl:2: is not UTF-8/);
});

/** A project of 12 rows for a judge at a price of its own; both models are the test's server. */
async function judged(t: TestContext, reply: (prompt: string) => { text: string; answerTokens?: number }) {
  const cwd = emptyFolder(t);
  const server = await chatServer(t, reply);
  const texts = Array.from({ length: 12 }, (_, i) => `number ${i}${i % 2 === 0 ? " please" : ""}`);
  writeFileSync(join(cwd, "rows.jsonl"), rows(texts));
  writeFileSync(
    join(cwd, "config.yaml"),
    `rewrites:
  dataset_name: rows
  data: { file: rows.jsonl, columns: { id: id, response: text }, prompt: "" }
  attribute: politeness
  rewriter: openai
  model: m
  base_url: ${server.url}
  prices: { prompt: 1000, completion: 2000 }
  judge: { model: j, base_url: "${server.url}", prices: { prompt: 10, completion: 20 } }
`,
  );
  const call = (...more: string[]) =>
    rate(["create-dataset", "--config", "config.yaml", "--json", ...more], { cwd });
  return { cwd, server, call };
}

const isJudgement = (prompt: string) => prompt.includes("[Beginning of the response]");

/** A judge that looks for "please", and a rewriter that adds and removes it. */
const polite = (prompt: string) => {
  if (isJudgement(prompt)) return { text: /please\n\[End/.test(prompt) ? "B" : "A" };
  const text = prompt.split("\n\n[")[0]!;
  return { text: prompt.includes("more polite") ? `${text} please` : text.replaceAll(" please", "!") };
};

test("a dry run counts what a judge costs too, at its own price; what is at hand costs nothing", async (t) => {
  const { cwd, server, call } = await judged(t, polite);
  const before = JSON.parse((await call("--dry-run")).stdout);
  assert.deepEqual(
    before.map(({ what, model, requests }: Record<string, unknown>) => [what, model, requests]),
    [
      ["rewrites", "m", 24],
      ["judgements", "j", 36],
    ],
  );
  for (const [index, prompt, completion] of [
    [0, 1000, 2000],
    [1, 10, 20],
  ] as const) {
    const { cost, promptTokens, completionTokens } = before[index];
    assert.equal(cost, (promptTokens * prompt + completionTokens * completion) / 1e6);
  }
  assert.equal(server.answered.length, 0);
  const done = await call();
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stderr, /rows_politeness: 36 judgements to j, [\d,]+ tokens asked, .*: about \$/);
  assert.match(done.stderr, /rows_politeness, judge: \d+ answers, /);
  const [record] = readdirSync(join(cwd, "runs")).filter((name) => /^\d{8}_\d{6}\.json$/.test(name));
  const { usage } = JSON.parse(readFileSync(join(cwd, "runs", record!), "utf8")).manifest.datasets
    .rows_politeness;
  assert.equal(usage.requests + usage.judge_requests, server.answered.length);
  const rewrites = (usage.prompt_tokens * 1000 + usage.completion_tokens * 2000) / 1e6;
  assert.ok(Math.abs(usage.cost - rewrites - usage.judge_cost) < 1e-9);
  assert.equal(usage.judge_cost, (usage.judge_prompt_tokens * 10 + usage.judge_completion_tokens * 20) / 1e6);
  const after = JSON.parse((await call("--dry-run")).stdout);
  assert.deepEqual(
    after.map(({ requests, cost }: Record<string, unknown>) => [requests, cost]),
    [
      [0, 0],
      [0, 0],
    ],
  );
});

test("no judge is paid for what a rule labels, nor for the originals that a column labels", async (t) => {
  const { cwd, server, call } = await judged(t, (prompt) =>
    isJudgement(prompt) ? polite(prompt) : { text: `${prompt.split("\n\n[")[0]}, changed` },
  );
  const path = join(cwd, "config.yaml");
  const config = readFileSync(path, "utf8");
  const texts = Array.from({ length: 12 }, (_, i) => "x".repeat(i + 1));
  writeFileSync(join(cwd, "rows.jsonl"), rows(texts));
  writeFileSync(path, config.replace("attribute: politeness", "attribute: [length, politeness]"));
  const both = JSON.parse((await call("--dry-run")).stdout);
  assert.deepEqual(
    both.map(({ dataset, what, requests }: Record<string, unknown>) => [dataset, what, requests]),
    [
      ["rows_length", "rewrites", 24],
      ["rows_politeness", "rewrites", 24],
      ["rows_politeness", "judgements", 36],
    ],
  );
  writeFileSync(path, config.replace("attribute: politeness", "attribute: length"));
  const done = await call();
  assert.equal(done.code, 0, done.stderr);
  assert.ok(!server.answered.some(isJudgement));
  const data: Record<string, { w_original: boolean }> = JSON.parse(
    readFileSync(JSON.parse(done.stdout).rewrites[0], "utf8"),
  );
  assert.deepEqual(
    Object.values(data).map(({ w_original }) => w_original),
    texts.map(({ length }) => length > 6.5),
  );
  const labelled = texts.map((text, id) => JSON.stringify({ id, text, polite: id % 2 })).join("\n");
  writeFileSync(join(cwd, "rows.jsonl"), labelled);
  writeFileSync(path, config.replace("response: text", "response: text, treated: polite"));
  const [, judgements] = JSON.parse((await call("--dry-run")).stdout);
  assert.equal(judgements.requests, 24);
});

test("a limit holds for rewrites and judgements together, and nothing is judged before the cost is confirmed", async (t) => {
  const { cwd, server, call } = await judged(t, polite);
  const limited = await call("--max-cost", "0.002");
  assert.equal(limited.code, 1, limited.stderr);
  assert.match(limited.stderr, /the limit of \$0\.0020 would be passed/);
  assert.ok(server.answered.length < 12, `${server.answered.length}`);
  const asked = server.answered.length;
  const config = await readConfig(join(cwd, "config.yaml"));
  const [job] = await datasetsOf(config.rewrites!);
  const told: string[] = [];
  const context: Context = {
    project: await Project.open(emptyFolder(t)),
    stamp: { timestamp: "20250101_000000", smokeTest: false },
    version: "0",
    environment: {},
    fetch,
    signal: new AbortController().signal,
    ledger: new Ledger(),
    progress: () => ({ advance() {}, end() {} }),
    confirm: async ({ cost }) => {
      told.push(`confirm ${cost! > 0}`);
      return false;
    },
    say: (line) => void told.push(line),
  };
  const source = { kind: "file", path: join(cwd, "rows.jsonl") } as const;
  await assert.rejects(
    createDataset({ ...job!, template: { ...job!.template, source } }, context),
    /not confirmed: nothing was asked/,
  );
  assert.match(told.join("\n"), /requests to m.*\n.*judgements to j.*\nconfirm true$/);
  assert.equal(server.answered.length, asked);
});

test("a limit holds though answers are far longer than their prompts, and what is under way counts", async (t) => {
  const { server, call } = await judged(t, (prompt) =>
    isJudgement(prompt) ? polite(prompt) : { ...polite(prompt), answerTokens: 400 },
  );
  const limited = await call("--max-cost", "4");
  assert.equal(limited.code, 1, limited.stderr);
  assert.match(limited.stderr, /the limit of \$4\.00 would be passed/);
  const rewrites = server.answered.filter((prompt) => !isJudgement(prompt)).length;
  // Each takes 10 tokens at $1000 for a million and 400 at $2000.
  assert.ok(rewrites >= 2 && rewrites * 0.81 < 4, `${rewrites} rewrites`);
});

test("a smoke test does not have a judge look through all data for an arm that is not there", async (t) => {
  const { cwd, server, call } = await judged(t, (prompt) =>
    isJudgement(prompt) ? { text: "A" } : polite(prompt),
  );
  writeFileSync(join(cwd, "rows.jsonl"), rows(Array.from({ length: 1000 }, (_, i) => `number ${i}`)));
  const done = await call("--smoke-test");
  assert.equal(done.code, 0, done.stderr);
  const judgements = server.answered.filter(isJudgement).length;
  assert.ok(judgements < 400, `${judgements}`);
});

test("Anthropic's batches are priced as the model that they ask, and a dry run needs no key", async (t) => {
  const cwd = emptyFolder(t);
  writeFileSync(join(cwd, "rows.jsonl"), rows(["one", "two words"]));
  writeFileSync(
    join(cwd, "config.yaml"),
    "rewrites:\n  dataset_name: rows\n  data: { file: rows.jsonl, columns: { response: text }, prompt: '' }\n" +
      "  attribute: length\n  rewriter: anthropic-batch\n",
  );
  const dry = await rate(["create-dataset", "--config", "config.yaml", "--dry-run", "--json"], { cwd });
  assert.equal(dry.code, 0, dry.stderr);
  const [{ model, cost, promptTokens, completionTokens, exact }] = JSON.parse(dry.stdout);
  assert.deepEqual([model, exact], ["claude-sonnet-4-5", false]);
  assert.equal(cost, (1.5 * promptTokens + 7.5 * completionTokens) / 1e6);
});

test("a provider's model at an address of one's own is priced as the provider's; other models there are free", async (t) => {
  const cwd = emptyFolder(t);
  writeFileSync(join(cwd, "rows.jsonl"), rows(["one", "two words"]));
  const costOf = async (model: string) => {
    const flags = ["--response", "text", "--prompt", "", "--attribute", "length", "--rewriter", "openai"];
    const server = ["--rewriter-model", model, "--base-url", "http://localhost:4000/v1"];
    const dry = await rate(
      ["create-dataset", "--data", "rows.jsonl", ...flags, ...server, "--dry-run", "--json"],
      { cwd },
    );
    assert.equal(dry.code, 0, dry.stderr);
    return JSON.parse(dry.stdout)[0].cost;
  };
  assert.ok((await costOf("gpt-4o-mini")) > 0);
  assert.equal(await costOf("llama-3.1-8b"), 0);
});
