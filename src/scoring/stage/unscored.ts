import type { JournalEntry } from "./score-entry.js";

/** Texts that got no score: how many by reason and arm, and one of the reasons in words. */
export interface UnscoredTexts {
  readonly counts: Readonly<Record<string, { readonly w_1: number; readonly w_0: number }>>;
  readonly example: string | null;
}

/** The texts of a journal without a score. */
export function unscoredOf(entries: readonly JournalEntry[]): UnscoredTexts {
  const counts: Record<string, { w_1: number; w_0: number }> = {};
  let example: string | null = null;
  for (const { failures, treated } of entries)
    for (const { reason, detail } of Object.values(failures ?? {})) {
      counts[reason] ??= { w_1: 0, w_0: 0 };
      counts[reason][treated ? "w_1" : "w_0"] += 1;
      example ??= detail;
    }
  return { counts, example };
}

/** The texts without a score in words; null where all have one. */
export function unscoredText({ counts, example }: UnscoredTexts): string | null {
  const reasons = Object.entries(counts);
  if (reasons.length === 0) return null;
  const total = reasons.reduce((sum, [, { w_1, w_0 }]) => sum + w_1 + w_0, 0);
  const each = reasons.map(([reason, { w_1, w_0 }]) => `${reason}: ${w_1} and ${w_0}`).join("; ");
  return `${total} texts got no score (of examples with w = 1 and w = 0; ${each}), for example: ${example}`;
}
