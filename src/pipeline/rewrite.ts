import { inputError, workError } from "../domain/errors.js";
import type { Example } from "../domain/example.js";
import type {
  AppendLog,
  RewriteAnswer,
  RewriteFailure,
  RewriteOutcome,
  RewriteRequest,
  Rewriter,
} from "../domain/rewriter.js";
import type { Progress } from "./context.js";

/** What became of an example: both rewrites, or the step that failed and why. */
export interface RewrittenExample {
  readonly example: Example;
  readonly rewrite: RewriteOutcome;
  /** Null when the first rewrite failed and there was nothing to rewrite again. */
  readonly rewriteOfRewrite: RewriteOutcome | null;
}

/** Fills a request's prompt. */
export type PromptOf = (text: string, target: boolean) => string;

export interface RewriteWork {
  readonly examples: readonly Example[];
  readonly rewriter: Rewriter;
  /** Every answer is here before it counts; an answer that is here already is never asked for again. */
  readonly journal: AppendLog<RewriteAnswer>;
  readonly promptOf: PromptOf;
  readonly signal: AbortSignal;
  /** Called with the number of answers that the journal holds already, and of all that are wanted. */
  readonly progress: (total: number, done: number) => Progress;
}

/**
 * Rewrites every example and rewrites the rewrites. The result is in the order of the examples and does not depend on how often the
 * work was broken off. Throws when the journal's answers belong to other texts than the examples have now.
 */
export async function rewriteExamples(work: RewriteWork): Promise<RewrittenExample[]> {
  const answers = await readAnswers(work.journal);
  const progress = work.progress(2 * work.examples.length, answers.size);
  const keep = async (answer: RewriteAnswer) => {
    await work.journal.append(answer);
    answers.set(keyOf(answer.request), answer);
    progress.advance(1);
  };
  if (work.rewriter.kind === "each") await rewriteEach(work, work.rewriter, answers, keep);
  else await rewriteBulk(work, work.rewriter, answers, keep);
  progress.end();
  return work.examples.map((example) => ({
    example,
    rewrite: answers.get(keyOf({ id: example.id, step: "rewrite" }))!.outcome,
    rewriteOfRewrite: answers.get(keyOf({ id: example.id, step: "rewriteOfRewrite" }))?.outcome ?? null,
  }));
}

type Answers = Map<string, RewriteAnswer>;
type Keep = (answer: RewriteAnswer) => Promise<void>;

/** An example's second rewrite starts as soon as its first is there; `concurrency` examples are under way at once. */
async function rewriteEach(
  work: RewriteWork,
  rewriter: Extract<Rewriter, { kind: "each" }>,
  answers: Answers,
  keep: Keep,
): Promise<void> {
  const failure = new AbortController();
  const signal = AbortSignal.any([work.signal, failure.signal]);
  const waiting = work.examples.values();
  const worker = async () => {
    for (const example of waiting) {
      for (
        let request = nextRequest(example, work, answers);
        request;
        request = nextRequest(example, work, answers)
      ) {
        signal.throwIfAborted();
        await keep(await rewriter.rewrite(request, signal));
      }
    }
  };
  const workers = Array.from({ length: rewriter.concurrency }, () =>
    worker().catch((cause) => {
      failure.abort(cause);
      throw cause;
    }),
  );
  // All come to rest before the first failure is passed on, so that what arrived meanwhile is kept.
  await Promise.allSettled(workers);
  signal.throwIfAborted();
}

/** All first rewrites, then all second ones; the bad answers of each once more. */
async function rewriteBulk(
  work: RewriteWork,
  rewriter: Extract<Rewriter, { kind: "bulk" }>,
  answers: Answers,
  keep: Keep,
): Promise<void> {
  const roundOf = (step: RewriteRequest["step"]) =>
    work.examples
      .flatMap((example) => nextRequest(example, work, answers) ?? [])
      .filter((next) => next.step === step);
  for (const step of ["rewrite", "rewriteOfRewrite"] as const) {
    for (let round = roundOf(step); round.length > 0; round = roundOf(step)) {
      for await (const answer of rewriter.rewriteAll(round, work.signal)) await keep(answer);
      const missing = round.filter((asked) => answers.get(keyOf(asked))?.request.attempt !== asked.attempt);
      if (missing.length > 0) {
        throw workError(
          `${rewriter.name}: ${missing.length} of ${round.length} requests came back without an answer`,
        );
      }
    }
  }
}

/** The next rewrite that an example needs, or null when it has all it can get. */
function nextRequest(example: Example, work: RewriteWork, answers: Answers): RewriteRequest | null {
  const first = request(example.id, "rewrite", example.response, !example.treated, work.promptOf);
  const firstAnswer = answerTo(first, answers);
  if (!firstAnswer) return first;
  if (isWorthAnother(firstAnswer)) return { ...first, attempt: firstAnswer.request.attempt + 1 };
  if (firstAnswer.outcome.status === "failed") return null;
  const second = request(
    example.id,
    "rewriteOfRewrite",
    firstAnswer.outcome.text,
    example.treated,
    work.promptOf,
  );
  const secondAnswer = answerTo(second, answers);
  if (!secondAnswer) return second;
  return isWorthAnother(secondAnswer) ? { ...second, attempt: secondAnswer.request.attempt + 1 } : null;
}

/** A bad answer is asked for once more: chat models draw their answers. */
function isWorthAnother({ outcome, request: { attempt } }: RewriteAnswer): boolean {
  return outcome.status === "failed" && attempt === 0 && AGAIN.has(outcome.reason);
}

const AGAIN: ReadonlySet<RewriteFailure> = new Set(["refused", "empty", "cut_off", "unchanged", "wrapped"]);

function request(
  id: Example["id"],
  step: RewriteRequest["step"],
  text: string,
  target: boolean,
  promptOf: PromptOf,
): RewriteRequest {
  return { id, step, attempt: 0, text, target, prompt: promptOf(text, target) };
}

function answerTo(request: RewriteRequest, answers: Answers): RewriteAnswer | undefined {
  const answer = answers.get(keyOf(request));
  if (answer && (answer.request.text !== request.text || answer.request.target !== request.target)) {
    throw inputError(
      `example ${request.id}: its text is not the one that was rewritten before; the data changed under the run: restore it, or start anew`,
    );
  }
  return answer;
}

async function readAnswers(journal: AppendLog<RewriteAnswer>): Promise<Answers> {
  const answers: Answers = new Map();
  for await (const answer of journal.entries()) answers.set(keyOf(answer.request), answer);
  return answers;
}

function keyOf({ id, step }: Pick<RewriteRequest, "id" | "step">): string {
  return `${step} ${id}`;
}
