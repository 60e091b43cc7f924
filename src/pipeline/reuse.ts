import { readJournal } from "../artifacts/journal.js";
import type { Project } from "../artifacts/project.js";
import type { RewriteAnswer, RewriteRequest, Rewriter } from "../domain/rewriter.js";

/** What a journal of rewrites is for: the data set, and exactly who was asked. */
export function purposeOf(dataset: string, rewriter: Rewriter): string {
  return `rewrites of ${dataset}${askedOf(rewriter)}`;
}

function askedOf({ name, facts }: Rewriter): string {
  return ` by ${name} ${JSON.stringify(facts)}`;
}

/**
 * The same rewriter, that gives answers which any earlier run of the project has received already to the same prompt, model, parameters and attempt, without
 * asking again. The built-in rewriter asks nobody and stays as it is.
 */
export async function withEarlierAnswers(
  rewriter: Rewriter,
  project: Project,
  own: string,
): Promise<{ rewriter: Rewriter; earlier: number }> {
  if (rewriter.kind !== "each" || rewriter.name === "builtin") return { rewriter, earlier: 0 };
  const earlier = new Map<string, RewriteAnswer>();
  for (const path of await project.rewriteJournals()) {
    if (path === own) continue;
    const answers = await readJournal<RewriteAnswer>(path, (purpose) => purpose.endsWith(askedOf(rewriter)));
    if (!answers) continue;
    for await (const answer of answers) earlier.set(keyOf(answer.request), answer);
  }
  if (earlier.size === 0) return { rewriter, earlier: 0 };
  return {
    earlier: earlier.size,
    rewriter: {
      ...rewriter,
      rewrite: async (request, signal) => {
        const known = earlier.get(keyOf(request));
        return known ? { ...known, request } : rewriter.rewrite(request, signal);
      },
    },
  };
}

function keyOf({ prompt, attempt }: RewriteRequest): string {
  return `${attempt} ${prompt}`;
}
