import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Example, ExampleId } from "../../../src/domain/example.js";
import {
  REWRITE_FAILURES,
  type RewriteAnswer,
  type RewriteRequest,
  type Rewriter,
} from "../../../src/domain/rewriter.js";
import { Answers } from "../../../src/rewriting/stage/answers.js";
import { NO_EARLIER } from "../../../src/rewriting/stage/reuse.js";
import {
  type RewrittenExample,
  rewriteExamples,
  rewrittenExamples,
} from "../../../src/rewriting/stage/rewrite.js";
import { Journal } from "../../../src/storage/project/journal.js";
import { emptyFolder } from "../../support/folders.js";

const examples: Example[] = Array.from({ length: 40 }, (_, number) => ({
  id: `e${number}` as ExampleId,
  prompt: "Say something: ",
  response: `text ${number}`,
  treated: number % 3 === 0,
}));

/** Marks the text with the target; refuses every tenth example; counts what it was asked and stops after a while if told to. */
function fakeRewriter(kind: "each" | "bulk", stopAfter = Number.POSITIVE_INFINITY) {
  const asked: string[] = [];
  const answer = (request: RewriteRequest): RewriteAnswer => {
    if (asked.length >= stopAfter) throw new Error("killed");
    asked.push(`${request.step} ${request.id} ${request.attempt}`);
    if (request.text === "text 10") {
      return { request, outcome: { status: "failed", reason: "refused", detail: "no" } };
    }
    return { request, outcome: { status: "ok", text: `${request.text} → ${request.target ? 1 : 0}` } };
  };
  const shared = { name: "fake", facts: {}, paid: null };
  const rewriter: Rewriter =
    kind === "each"
      ? { ...shared, kind, concurrency: 7, rewrite: async (request) => answer(request) }
      : {
          ...shared,
          kind,
          async *rewriteAll(requests) {
            const all: RewriteRequest[] = [];
            for await (const request of requests) all.push(request);
            for (const request of all.reverse()) yield answer(request);
          },
        };
  return { rewriter, asked };
}

async function rewrite(path: string, rewriter: Rewriter, given = examples) {
  const journal = await Journal.open<RewriteAnswer>(path, "test");
  try {
    const answers = await Answers.open(journal);
    await rewriteExamples({
      examples: given,
      count: given.length,
      rewriter,
      earlier: NO_EARLIER,
      answers,
      placebo: false,
      thirdPass: false,
      promptOf: (_, text, target) => `${text} as ${target}`,
      signal: new AbortController().signal,
      progress: () => ({ advance() {}, end() {} }),
    });
    const rewritten: RewrittenExample[] = [];
    for await (const found of rewrittenExamples(given, answers)) rewritten.push(found);
    return rewritten;
  } finally {
    await journal.close();
  }
}

for (const kind of ["each", "bulk"] as const) {
  test(`${kind}: both rewrites of every example, in order; a bad one is asked for once more, and its rewrite not at all`, async (t) => {
    const { rewriter, asked } = fakeRewriter(kind);
    const rewritten = await rewrite(join(emptyFolder(t), "journal.jsonl"), rewriter);
    assert.deepEqual(
      rewritten.map(({ example }) => example.id),
      examples.map(({ id }) => id),
    );
    assert.deepEqual(rewritten[0]!.rewrite, { status: "ok", text: "text 0 → 0" });
    assert.deepEqual(rewritten[0]!.rewriteOfRewrite, { status: "ok", text: "text 0 → 0 → 1" });
    assert.deepEqual(rewritten[1]!.rewriteOfRewrite, { status: "ok", text: "text 1 → 1 → 0" });
    assert.equal(rewritten[10]!.rewrite.status, "failed");
    assert.equal(rewritten[10]!.rewriteOfRewrite, null);
    assert.deepEqual(
      asked.filter((entry) => entry.includes(" e10 ")),
      ["rewrite e10 0", "rewrite e10 1"],
    );
    assert.equal(asked.length, 2 * examples.length);
  });

  test(`${kind}: broken off anywhere, it goes on without asking anything twice`, async (t) => {
    await brokenOff(t, kind);
  });
}

async function brokenOff(t: TestContext, kind: "each" | "bulk") {
  const folder = emptyFolder(t);
  const undisturbed = await rewrite(join(folder, "undisturbed.jsonl"), fakeRewriter(kind).rewriter);
  const path = join(folder, "journal.jsonl");
  const asked: string[] = [];
  for (const stopAfter of [1, 3, 11, 24]) {
    const broken = fakeRewriter(kind, stopAfter);
    await assert.rejects(rewrite(path, broken.rewriter), /killed/);
    asked.push(...broken.asked);
  }
  const last = fakeRewriter(kind);
  assert.deepEqual(await rewrite(path, last.rewriter), undisturbed);
  asked.push(...last.asked);
  assert.equal(new Set(asked).size, asked.length, "something was asked twice");
}

test("texts that changed under the run are refused", async (t) => {
  const path = join(emptyFolder(t), "journal.jsonl");
  await rewrite(path, fakeRewriter("each").rewriter);
  const changed = examples.map((example) =>
    example.id === "e5" ? { ...example, response: "other" } : example,
  );
  await assert.rejects(
    rewrite(path, fakeRewriter("each").rewriter, changed),
    /example e5: its text is not the one/,
  );
});

test("a bulk rewriter that leaves requests unanswered is a failure", async (t) => {
  const { rewriter } = fakeRewriter("bulk");
  const forgetful: Rewriter = {
    ...(rewriter as Extract<Rewriter, { kind: "bulk" }>),
    async *rewriteAll(requests) {
      for await (const request of requests)
        if (request.id === "e0") yield { request, outcome: { status: "ok", text: "x" } };
    },
  };
  await assert.rejects(
    rewrite(join(emptyFolder(t), "journal.jsonl"), forgetful),
    /fake: 39 of 40 requests came back without an answer/,
  );
});

test("of thousands of answers the last to each request is known, its text on the disk, after reopening too", async (t) => {
  const path = join(emptyFolder(t), "journal.jsonl");
  const journal = await Journal.open<RewriteAnswer>(path, "test");
  const answers = await Answers.open(journal);
  const count = 2500;
  const steps = ["rewrite", "rewriteOfRewrite", "placebo"] as const;
  const request = (number: number, attempt: number): RewriteRequest => ({
    id: `e${number}` as ExampleId,
    step: steps[number % 3]!,
    attempt,
    text: `text ${number}`,
    target: true,
    prompt: "",
  });
  const failed = (number: number) => REWRITE_FAILURES[number % REWRITE_FAILURES.length]!;
  const added: Promise<boolean>[] = [];
  for (let number = 0; number < count; number += 1) {
    const outcome = { status: "failed", reason: failed(number), detail: "" } as const;
    added.push(answers.add({ request: request(number, 0), outcome }));
    if (number % 2 === 0)
      added.push(
        answers.add({ request: request(number, 1), outcome: { status: "ok", text: `é ${number}` } }),
      );
  }
  assert.equal((await Promise.all(added)).filter((isFirst) => isFirst).length, count);
  for (const known of [answers, await Answers.open(journal)]) {
    assert.equal(known.count, count);
    for (let number = 0; number < count; number += 1) {
      const { id, step } = request(number, 0);
      const again = number % 2 === 0;
      const { attempt, failure } = known.find(id, step)!;
      assert.deepEqual([attempt, failure], again ? [1, null] : [0, failed(number)]);
      assert.equal(known.find(id, steps[(number + 1) % 3]!), undefined);
    }
    assert.deepEqual(await known.outcome("e2468" as ExampleId, steps[2468 % 3]!), {
      status: "ok",
      text: "é 2468",
    });
  }
  await journal.close();
});
