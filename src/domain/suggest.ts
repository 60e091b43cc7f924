import { distance } from "fastest-levenshtein";

/** The known name nearest to what was written, if it is near enough to be what was meant; upper and lower case count alike. */
export function closest(written: string, known: readonly string[]): string | undefined {
  let best: { name: string; edits: number } | undefined;
  for (const name of known) {
    const edits = distance(written.toLowerCase(), name.toLowerCase());
    if (!best || edits < best.edits) best = { name, edits };
  }
  return best && best.edits <= Math.max(2, Math.floor(best.name.length / 3)) ? best.name : undefined;
}
