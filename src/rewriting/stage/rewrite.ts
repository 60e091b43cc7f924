import { setMaxListeners } from "node:events";
import { inputError, workError } from "../../domain/errors.js";
import type { Example, ExampleId } from "../../domain/example.js";
import { hashOf } from "../../domain/hash.js";
import {
  REWRITE_STEPS,
  type RewriteAnswer,
  type RewriteFailure,
  type RewriteOutcome,
  type RewriteRequest,
  type Rewriter,
  type RewriteStep,
} from "../../domain/rewriter.js";
import type { Progress } from "../../storage/project/context.js";
import type { Answers, Kept } from "./answers.js";
import type { EarlierAnswers } from "./reuse.js";

/** What became of an example: both rewrites, or the step that failed and why. */
export interface RewrittenExample {
  readonly example: Example;
  readonly rewrite: RewriteOutcome;
  /** Null when the first rewrite failed and there was nothing to rewrite again. */
  readonly rewriteOfRewrite: RewriteOutcome | null;
  /** The rewrite of the rewritten rewrite, towards the other value again; null where none is wanted or there was nothing to rewrite. */
  readonly thirdRewrite: RewriteOutcome | null;
  /** A rewrite that leaves the attribute as it is; null where none is wanted. */
  readonly placebo: RewriteOutcome | null;
}

/** Fills a request's prompt. */
export type PromptOf = (step: RewriteStep, text: string, target: boolean) => string;

/** Examples that are gone through as often as needed, always in the same order. */
export type Examples = Iterable<Example> | AsyncIterable<Example>;

/** What is to be asked for each example, and what has been answered. */
export interface Asked {
  readonly promptOf: PromptOf;
  readonly placebo: boolean;
  /** Whether rewrites of rewrites are rewritten once more. */
  readonly thirdPass: boolean;
  readonly answers: Answers;
}

export interface RewriteWork extends Asked {
  readonly examples: Examples;
  readonly count: number;
  readonly rewriter: Rewriter;
  /** What need not be asked. */
  readonly earlier: EarlierAnswers;
  /** Told of every answer once it is safe; says what to show beside the progress. */
  readonly onAnswer?: (answer: RewriteAnswer) => string;
  readonly signal: AbortSignal;
  /** Called with the number of answers that there are already, and of all that are wanted. */
  readonly progress: (total: number, done: number) => Progress;
}

/** Rewrites every example and rewrites the rewrites. Throws when the answers at hand belong to other texts than the examples have now. */
export async function rewriteExamples(work: RewriteWork): Promise<void> {
  const progress = work.progress(
    (2 + Number(work.placebo) + Number(work.thirdPass)) * work.count,
    work.answers.count,
  );
  const keep = async (answer: RewriteAnswer) => {
    const isFirst = await work.answers.add(answer);
    progress.advance(isFirst ? 1 : 0, work.onAnswer?.(answer));
  };
  try {
    if (work.rewriter.kind === "each") await rewriteEach(work, work.rewriter, keep);
    else await rewriteBulk(work, work.rewriter, keep);
  } finally {
    progress.end();
  }
}

/** The examples with their answers, in the order of the examples, however often the work was broken off. */
export async function* rewrittenExamples(
  examples: Examples,
  answers: Answers,
): AsyncIterable<RewrittenExample> {
  for await (const example of examples) {
    const [rewrite, rewriteOfRewrite, thirdRewrite, placebo] = await Promise.all(
      REWRITE_STEPS.map((step) => answers.outcome(example.id, step)),
    );
    yield {
      example,
      rewrite: rewrite!,
      rewriteOfRewrite: rewriteOfRewrite ?? null,
      thirdRewrite: thirdRewrite ?? null,
      placebo: placebo ?? null,
    };
  }
}

type Keep = (answer: RewriteAnswer) => Promise<void>;

/** An example's second rewrite starts as soon as its first is there; `concurrency` examples are under way at once. */
async function rewriteEach(
  work: RewriteWork,
  rewriter: Extract<Rewriter, { kind: "each" }>,
  keep: Keep,
): Promise<void> {
  const failure = new AbortController();
  const signal = AbortSignal.any([work.signal, failure.signal]);
  // As many as are under way may listen to it at once.
  setMaxListeners(0, signal);
  const waiting = iteratorOf(work.examples);
  const worker = async () => {
    for (let next = await waiting.next(); !next.done; next = await waiting.next()) {
      const example = next.value;
      for (let last: RewriteAnswer | undefined; ; ) {
        const [request] = await openRequests(example, work, last);
        if (!request) break;
        signal.throwIfAborted();
        last = (await work.earlier.find(request)) ?? (await rewriter.rewrite(request, signal));
        await keep(last);
      }
    }
  };
  const workers = Array.from({ length: Math.min(rewriter.concurrency, work.count) }, () =>
    worker().catch((cause) => {
      failure.abort(cause);
      throw cause;
    }),
  );
  // All come to rest before the first failure is passed on, so that what arrived meanwhile is kept.
  await Promise.allSettled(workers);
  signal.throwIfAborted();
}

/** Round by round, all that can be asked: first rewrites and placebos, then second rewrites and what has to be asked once more. */
async function rewriteBulk(
  work: RewriteWork,
  rewriter: Extract<Rewriter, { kind: "bulk" }>,
  keep: Keep,
): Promise<void> {
  for (;;) {
    let reused = 0;
    let asked = 0;
    let answered = 0;
    const round = async function* () {
      for await (const example of work.examples) {
        for (const request of await openRequests(example, work)) {
          const known = await work.earlier.find(request);
          if (known) {
            reused += 1;
            await keep(known);
          } else {
            asked += 1;
            yield request;
          }
        }
      }
    };
    const requests = await unlessEmpty(round());
    if (requests) {
      for await (const answer of rewriter.rewriteAll(requests, work.signal)) {
        answered += 1;
        await keep(answer);
      }
    }
    if (answered < asked)
      throw workError(
        `${rewriter.name}: ${asked - answered} of ${asked} requests came back without an answer`,
      );
    if (asked + reused === 0) return;
  }
}

/** The same items; null when there are none. */
async function unlessEmpty<Item>(items: AsyncGenerator<Item>): Promise<AsyncIterable<Item> | null> {
  const first = await items.next();
  if (first.done) return null;
  return (async function* () {
    yield first.value;
    yield* items;
  })();
}

/** The requests of an example that can be made now; empty when it has all it can get. `last` is an answer that need not be read from the disk. */
export async function openRequests(
  example: Example,
  { answers, promptOf, placebo, thirdPass }: Asked,
  last?: RewriteAnswer,
): Promise<RewriteRequest[]> {
  const { id } = example;
  const wanted: RewriteRequest[] = [];
  const ask = (step: RewriteStep, text: string, target: boolean): void => {
    const answer = answers.find(id, step);
    if (answer) checkText(answer, id, text);
    if (answer && !isWorthAnother(answer, step)) return;
    const prompt = promptOf(step, text, target);
    wanted.push({ id, step, attempt: answer ? answer.attempt + 1 : 0, text, target, prompt });
  };
  ask("rewrite", example.response, !example.treated);
  /** Asks for the rewrite of what a step has made, as soon as that is there. */
  const askAfter = async (step: RewriteStep, next: RewriteStep, target: boolean): Promise<void> => {
    const made = answers.find(id, step);
    const known = answers.find(id, next);
    if (made?.failure !== null || (known && !isWorthAnother(known, next))) return;
    const atHand = last?.request.step === step && last.request.attempt === made.attempt;
    const outcome = atHand ? last.outcome : await answers.outcome(id, step);
    if (outcome?.status === "ok") ask(next, outcome.text, target);
  };
  await askAfter("rewrite", "rewriteOfRewrite", example.treated);
  if (thirdPass) await askAfter("rewriteOfRewrite", "thirdRewrite", !example.treated);
  if (placebo) ask("placebo", example.response, example.treated);
  return wanted;
}

/** A bad answer is asked for once more: chat models draw their answers. A placebo may well leave a text as it is. */
function isWorthAnother({ failure, attempt }: Kept, step: RewriteStep): boolean {
  if (failure === null || (step === "placebo" && failure === "unchanged")) return false;
  return attempt === 0 && AGAIN.has(failure);
}

const AGAIN: ReadonlySet<RewriteFailure> = new Set([
  "refused",
  "empty",
  "cut_off",
  "unchanged",
  "wrapped",
  "reasoning",
  "length_far_off",
  "other_language",
  "unrelated",
]);

function checkText({ hash }: Kept, id: ExampleId, text: string): void {
  if (hash === hashOf(text)) return;
  throw inputError(
    `example ${id}: its text is not the one that was rewritten before; the data changed under the run: restore it, or start anew`,
  );
}

function iteratorOf(examples: Examples): Iterator<Example> | AsyncIterator<Example> {
  return Symbol.asyncIterator in examples ? examples[Symbol.asyncIterator]() : examples[Symbol.iterator]();
}
