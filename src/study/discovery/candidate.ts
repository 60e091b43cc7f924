import { z } from "zod";
import { LIBRARY } from "../../datasets/attributes/library/index.js";
import type { Attribute } from "../../domain/attribute.js";
import { inputError } from "../../domain/errors.js";

/** How a candidate came in. */
const SOURCES = ["library", "proposed", "given"] as const;

const word = z.string().trim().min(1).max(200);

/** An attribute that may be paid for: as the library has it, as a language model proposed it, or as a person wrote it into the file. */
export const candidateSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,59}$/, "letters a-z, digits and _, beginning with a letter"),
  /** Completes "Adjust this response so it …" towards w = 1 and w = 0. */
  treated: word,
  untreated: word,
  judge_question: word,
  source: z.enum(SOURCES),
});

export type Candidate = Readonly<z.output<typeof candidateSchema>>;

/** The library's attributes as candidates. */
export function libraryCandidates(): Candidate[] {
  return Object.values(LIBRARY).map(({ name, labels, judgeQuestion }) => ({
    name,
    treated: labels.treated,
    untreated: labels.untreated,
    judge_question: judgeQuestion,
    source: "library",
  }));
}

/**
 * The attribute of a candidate. With a threshold its rule is fixed there; a candidate of the library is measured, any other one is left to a judge.
 * Throws where the file names a candidate of the library that is not there.
 */
export function attributeOf(candidate: Candidate, threshold: number | null): Attribute {
  const known = Object.hasOwn(LIBRARY, candidate.name) ? LIBRARY[candidate.name]! : null;
  if (known && candidate.source === "library")
    return threshold === null ? known : { ...known, rule: { ...known.rule, threshold } };
  if (candidate.source === "library")
    throw inputError(`the library has no attribute ${JSON.stringify(candidate.name)}`);
  return {
    name: candidate.name,
    labels: { treated: candidate.treated, untreated: candidate.untreated },
    rewritePrompt:
      "{original_completion}\n\n[Adjust this response so it {w_counterfactual_string}, but change *nothing* else. " +
      "Only provide the response text, not an acknowledgement of the request or any other context.]",
    judgeQuestion: candidate.judge_question,
  };
}

/** One of each: equal names, and names or labels that differ in case, spaces and signs alone, are one candidate, the first that came. */
export function merged(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ name, treated }) => {
    const keys = [name, treated].map((text) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, " ")
        .trim(),
    );
    if (keys.some((key) => seen.has(key))) return false;
    for (const key of keys) seen.add(key);
    return true;
  });
}

/** Candidates that are lengths themselves: the length is not held equal beside them. */
export const LENGTHS: ReadonlySet<string> = new Set(["words", "sentences", "paragraphs"]);
