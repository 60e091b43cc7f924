import { inputError, workError } from "../domain/errors.js";
import type { Example } from "../domain/example.js";
import type {
  AppendLog,
  RewriteAnswer,
  RewriteFailure,
  RewriteOutcome,
  RewriteRequest,
  Rewriter,
  RewriteStep,
} from "../domain/rewriter.js";
import type { Progress } from "./context.js";

/** What became of an example: both rewrites, or the step that failed and why. */
export interface RewrittenExample {
  readonly example: Example;
  readonly rewrite: RewriteOutcome;
  /** Null when the first rewrite failed and there was nothing to rewrite again. */
  readonly rewriteOfRewrite: RewriteOutcome | null;
  /** A rewrite that leaves the attribute as it is; null where none is wanted. */
  readonly placebo: RewriteOutcome | null;
}

/** Fills a request's prompt. */
export type PromptOf = (step: RewriteStep, text: string, target: boolean) => string;

export interface RewriteWork {
  readonly examples: readonly Example[];
  readonly rewriter: Rewriter;
  /** Every answer is here before it counts; an answer that is here already is never asked for again. */
  readonly journal: AppendLog<RewriteAnswer>;
  readonly promptOf: PromptOf;
  readonly placebo: boolean;
  /** Told of every answer once it is safe; says what to show beside the progress. */
  readonly onAnswer?: (answer: RewriteAnswer) => string;
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
  const progress = work.progress((work.placebo ? 3 : 2) * work.examples.length, answers.size);
  const keep = async (answer: RewriteAnswer) => {
    await work.journal.append(answer);
    const key = keyOf(answer.request);
    const note = work.onAnswer?.(answer);
    progress.advance(answers.has(key) ? 0 : 1, note);
    answers.set(key, slim(answer));
  };
  if (work.rewriter.kind === "each") await rewriteEach(work, work.rewriter, answers, keep);
  else await rewriteBulk(work, work.rewriter, answers, keep);
  progress.end();
  return work.examples.map((example) => ({
    example,
    rewrite: answers.get(keyOf({ id: example.id, step: "rewrite" }))!.outcome,
    rewriteOfRewrite: answers.get(keyOf({ id: example.id, step: "rewriteOfRewrite" }))?.outcome ?? null,
    placebo: answers.get(keyOf({ id: example.id, step: "placebo" }))?.outcome ?? null,
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
      for (;;) {
        const [request] = openRequests(example, { ...work, answers });
        if (!request) break;
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

/** Round by round, all that can be asked: first rewrites and placebos, then second rewrites and what has to be asked once more. */
async function rewriteBulk(
  work: RewriteWork,
  rewriter: Extract<Rewriter, { kind: "bulk" }>,
  answers: Answers,
  keep: Keep,
): Promise<void> {
  const roundOf = () => work.examples.flatMap((example) => openRequests(example, { ...work, answers }));
  for (let round = roundOf(); round.length > 0; round = roundOf()) {
    for await (const answer of rewriter.rewriteAll(round, work.signal)) await keep(answer);
    const missing = round.filter((asked) => answers.get(keyOf(asked))?.request.attempt !== asked.attempt);
    if (missing.length > 0) {
      throw workError(
        `${rewriter.name}: ${missing.length} of ${round.length} requests came back without an answer`,
      );
    }
  }
}

/** The requests of an example that can be made now; empty when it has all it can get. */
export function openRequests(
  example: Example,
  work: Pick<RewriteWork, "promptOf" | "placebo"> & { readonly answers: Answers },
): RewriteRequest[] {
  const { answers } = work;
  const wanted: RewriteRequest[] = [];
  const ask = (step: RewriteStep, text: string, target: boolean): RewriteAnswer | undefined => {
    const prompt = work.promptOf(step, text, target);
    const request = { id: example.id, step, attempt: 0, text, target, prompt };
    const answer = answerTo(request, answers);
    if (!answer) wanted.push(request);
    else if (isWorthAnother(answer)) wanted.push({ ...request, attempt: answer.request.attempt + 1 });
    return answer;
  };
  const first = ask("rewrite", example.response, !example.treated);
  if (first?.outcome.status === "ok") ask("rewriteOfRewrite", first.outcome.text, example.treated);
  if (work.placebo) ask("placebo", example.response, example.treated);
  return wanted;
}

/** A bad answer is asked for once more: chat models draw their answers. A placebo may well leave a text as it is. */
function isWorthAnother({ outcome, request: { attempt, step } }: RewriteAnswer): boolean {
  if (outcome.status === "ok" || (step === "placebo" && outcome.reason === "unchanged")) return false;
  return attempt === 0 && AGAIN.has(outcome.reason);
}

const AGAIN: ReadonlySet<RewriteFailure> = new Set(["refused", "empty", "cut_off", "unchanged", "wrapped"]);

function answerTo(request: RewriteRequest, answers: Answers): RewriteAnswer | undefined {
  const answer = answers.get(keyOf(request));
  if (answer && (answer.request.text !== request.text || answer.request.target !== request.target)) {
    throw inputError(
      `example ${request.id}: its text is not the one that was rewritten before; the data changed under the run: restore it, or start anew`,
    );
  }
  return answer;
}

/** The last answer to each request. */
export async function readAnswers(journal: AppendLog<RewriteAnswer>): Promise<Answers> {
  const answers: Answers = new Map();
  for await (const answer of journal.entries()) answers.set(keyOf(answer.request), slim(answer));
  return answers;
}

/** An answer without its prompt, which is on the disk and would be most of the memory. */
function slim(answer: RewriteAnswer): RewriteAnswer {
  return { ...answer, request: { ...answer.request, prompt: "" } };
}

function keyOf({ id, step }: Pick<RewriteRequest, "id" | "step">): string {
  return `${step} ${id}`;
}
