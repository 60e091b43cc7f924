import { createHash } from "node:crypto";
import type { RewriteAnswer, RewriteOutcome, RewriteRequest, Rewriter } from "../../domain/rewriter.js";
import { Pages } from "../../storage/examples/growing.js";
import { IdNumbers } from "../../storage/examples/ids.js";
import { type ForeignJournal, openForeign } from "../../storage/project/journal.js";
import type { Project } from "../../storage/project/project.js";
import { judgeAnswer } from "../answers/answers.js";

/** What a journal of rewrites is for: the data set, and exactly who was asked. */
export function purposeOf(dataset: string, rewriter: Rewriter): string {
  return `rewrites of ${dataset} by ${askedOf(rewriter)}`;
}

function askedOf({ name, paid, facts }: Rewriter): string {
  return JSON.stringify(paid ?? { name, ...facts });
}

/** Answers that earlier runs of the project have received; their texts stay on the disk. */
export interface EarlierAnswers {
  readonly count: number;
  /** Whether a request has been answered. */
  has(request: RewriteRequest): boolean;
  /** The answer, as one to this request. */
  find(request: RewriteRequest): Promise<RewriteAnswer | undefined>;
}

/** Where none are wanted. */
export const NO_EARLIER: EarlierAnswers = { count: 0, has: () => false, find: async () => undefined };

/**
 * What any earlier run of the project has been answered by the same model with the same parameters, live or in a batch, and what is still of use. `own` is the journal of this run.
 * A rewriter that asks nobody has nothing to save.
 */
export async function earlierAnswers(
  rewriter: Rewriter,
  project: Project,
  own: string | null,
): Promise<EarlierAnswers> {
  if (!rewriter.paid) return NO_EARLIER;
  const keys = new IdNumbers();
  const journals: ForeignJournal<RewriteAnswer>[] = [];
  // Of each key: which journal was the last to have it, and where.
  const places = new Pages(3);
  const asked = ` by ${askedOf(rewriter)}`;
  for (const path of await project.rewriteJournals()) {
    if (path === own) continue;
    const journal = await openForeign<RewriteAnswer>(path, (purpose) => purpose.endsWith(asked));
    if (!journal) continue;
    for await (const [answer, place] of journal.placed())
      if (isOfUse(answer, judgedAnew(answer)))
        places.set(keys.add(keyOf(answer.request)), [journals.length, place.at, place.length]);
    journals.push(journal);
  }
  return {
    count: keys.size,
    has: (request) => keys.get(keyOf(request)) !== undefined,
    async find(request) {
      if (keys.size === 0) return undefined;
      const known = keys.get(keyOf(request));
      if (known === undefined) return undefined;
      const [journal, at, length] = places.get(known)!;
      // A journal that is gone by now only costs what it would have saved.
      const answer = await journals[journal!]!.read({ at: at!, length: length! }).catch(() => undefined);
      return answer && { ...answer, outcome: judgedAnew(answer), request, reused: true };
    },
  };
}

/** What an answer of an earlier run is worth by today's rules. */
function judgedAnew({ request, outcome, finishReason }: RewriteAnswer): RewriteOutcome {
  if (outcome.status === "failed") return outcome;
  return judgeAnswer(request.text, {
    text: outcome.text,
    refusal: null,
    finishReason: finishReason ?? null,
  });
}

/** A usable text, or a placebo that leaves its text as it is. What has failed says nothing about the next time: it is asked anew. */
function isOfUse({ request }: RewriteAnswer, outcome: RewriteOutcome): boolean {
  return outcome.status === "ok" || (request.step === "placebo" && outcome.reason === "unchanged");
}

/** Of whichever try an answer is, it answers its prompt. */
function keyOf({ prompt }: RewriteRequest): string {
  return createHash("sha256").update(prompt).digest("base64");
}
