/** Matches any of some words or phrases, as whole words and whatever their case; each match is one group. */
export function anyOf(phrases: readonly string[]): RegExp {
  const longestFirst = [...phrases].sort((a, b) => b.length - a.length);
  const sources = longestFirst.map((phrase) =>
    phrase.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/ /g, "\\s+"),
  );
  return new RegExp(`(?<![\\p{L}\\p{N}_])(${sources.join("|")})(?![\\p{L}\\p{N}_])`, "giu");
}

export function countMatches(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
