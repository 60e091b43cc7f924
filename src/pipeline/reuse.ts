import { createHash } from "node:crypto";
import { type ForeignJournal, openForeign } from "../artifacts/journal.js";
import type { Project } from "../artifacts/project.js";
import type { Place, RewriteAnswer, RewriteRequest, Rewriter } from "../domain/rewriter.js";

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
 * What any earlier run of the project has been answered by the same model with the same parameters, live or in a batch. `own` is the journal of this run.
 * A rewriter that asks nobody has nothing to save.
 */
export async function earlierAnswers(
  rewriter: Rewriter,
  project: Project,
  own: string | null,
): Promise<EarlierAnswers> {
  if (!rewriter.paid) return NO_EARLIER;
  const found = new Map<string, { journal: ForeignJournal<RewriteAnswer>; place: Place }>();
  const asked = ` by ${askedOf(rewriter)}`;
  for (const path of await project.rewriteJournals()) {
    if (path === own) continue;
    const journal = await openForeign<RewriteAnswer>(path, (purpose) => purpose.endsWith(asked));
    if (!journal) continue;
    for await (const [{ request, outcome }, place] of journal.placed()) {
      // What failed for the provider's sake says nothing about the next time.
      if (outcome.status === "failed" && PASSING.has(outcome.reason)) continue;
      found.set(keyOf(request), { journal, place });
    }
  }
  return {
    count: found.size,
    has: (request) => found.has(keyOf(request)),
    async find(request) {
      if (found.size === 0) return undefined;
      const known = found.get(keyOf(request));
      if (!known) return undefined;
      // A journal that is gone by now only costs what it would have saved.
      const answer = await known.journal.read(known.place).catch(() => undefined);
      return answer && { ...answer, request, reused: true };
    },
  };
}

const PASSING: ReadonlySet<string> = new Set(["expired", "cancelled", "failed"]);

function keyOf({ prompt, attempt }: RewriteRequest): string {
  return createHash("sha256").update(`${attempt} ${prompt}`).digest("base64");
}
