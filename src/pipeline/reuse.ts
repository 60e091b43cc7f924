import { readJournal } from "../artifacts/journal.js";
import type { Project } from "../artifacts/project.js";
import type { RewriteAnswer, RewriteRequest, Rewriter } from "../domain/rewriter.js";

/** What a journal of rewrites is for: the data set, and exactly who was asked. */
export function purposeOf(dataset: string, rewriter: Rewriter): string {
  return `rewrites of ${dataset} by ${askedOf(rewriter)}`;
}

function askedOf({ name, paid, facts }: Rewriter): string {
  return JSON.stringify(paid ?? { name, ...facts });
}

/**
 * The same rewriter, that gives answers which any earlier run of the project has received already to the same prompt, model, parameters and attempt, live or
 * in a batch, without asking again. A rewriter that asks nobody stays as it is.
 */
export async function withEarlierAnswers(
  rewriter: Rewriter,
  project: Project,
  own: string,
): Promise<{
  rewriter: Rewriter;
  earlier: number;
  /** The answer that is at hand for a request. */
  known: (request: RewriteRequest) => RewriteAnswer | undefined;
}> {
  const none = { rewriter, earlier: 0, known: () => undefined };
  if (!rewriter.paid) return none;
  const earlier = new Map<string, RewriteAnswer>();
  const asked = ` by ${askedOf(rewriter)}`;
  for (const path of await project.rewriteJournals()) {
    if (path === own) continue;
    const answers = await readJournal<RewriteAnswer>(path, (purpose) => purpose.endsWith(asked));
    if (!answers) continue;
    for await (const answer of answers) {
      // What failed for the provider's sake says nothing about the next time.
      if (answer.outcome.status === "failed" && PASSING.has(answer.outcome.reason)) continue;
      earlier.set(keyOf(answer.request), answer);
    }
  }
  if (earlier.size === 0) return none;
  const known = (request: RewriteRequest): RewriteAnswer | undefined => {
    const answer = earlier.get(keyOf(request));
    return answer && { ...answer, request, reused: true };
  };
  if (rewriter.kind === "each") {
    const rewrite: typeof rewriter.rewrite = async (request, signal) =>
      known(request) ?? rewriter.rewrite(request, signal);
    return { earlier: earlier.size, known, rewriter: { ...rewriter, rewrite } };
  }
  const rewriteAll: typeof rewriter.rewriteAll = async function* (requests, signal) {
    const open: RewriteRequest[] = [];
    for (const request of requests) {
      const answer = known(request);
      if (answer) yield answer;
      else open.push(request);
    }
    if (open.length > 0) yield* rewriter.rewriteAll(open, signal);
  };
  return { earlier: earlier.size, known, rewriter: { ...rewriter, rewriteAll } };
}

const PASSING: ReadonlySet<string> = new Set(["expired", "cancelled", "failed"]);

function keyOf({ prompt, attempt }: RewriteRequest): string {
  return `${attempt} ${prompt}`;
}
