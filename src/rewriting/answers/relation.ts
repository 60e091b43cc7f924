/** A rewrite of so much more or less than its text is none: ten times as long and a page more, or a hundredth. */
const MANY_TIMES = 10;
const PAGE = 1500;
const SHARE_LEFT = 0.01;
const FEW = 10;

/** How far off a rewrite's length is, in words; null where it may be a rewrite's, also for an attribute such as length. */
export function lengthFarOff(original: string, text: string): string | null {
  const [before, after] = [original.trim().length, text.trim().length];
  const isLong = after > MANY_TIMES * before && after - before > PAGE;
  const isShort = after < SHARE_LEFT * before || (after < FEW && before > 20 * after && before > 60);
  return isLong || isShort ? `${after} characters where the text has ${before}` : null;
}

/** Below this share of common words two texts are about different things: rewrites by people and models share a fifth at the very least, others a tenth on average. */
const LEAST_SHARED = 0.04;
const ENOUGH_WORDS = 12;
const ENOUGH_PAIRS = 24;

/**
 * Whether a rewrite has hardly a word in common with its text, as an answer to it has: of the shorter one's words of four letters or more, or, in scripts without spaces, of its
 * pairs of characters.
 */
export function isUnrelated(original: string, text: string): boolean {
  const [before, after] = [wordsOf(original), wordsOf(text)];
  if (Math.min(before.size, after.size) >= ENOUGH_WORDS) return sharedShare(before, after) < LEAST_SHARED;
  const pairs = [pairsOf(original), pairsOf(text)] as const;
  return Math.min(pairs[0].size, pairs[1].size) >= ENOUGH_PAIRS && sharedShare(...pairs) === 0;
}

/** The share of the smaller set's members that the other has too. */
function sharedShare(first: ReadonlySet<string>, second: ReadonlySet<string>): number {
  const [small, large] = first.size <= second.size ? [first, second] : [second, first];
  if (small.size === 0) return 0;
  let shared = 0;
  for (const member of small) if (large.has(member)) shared += 1;
  return shared / small.size;
}

/** Without endings, so that "liked" and "likes" are the same. */
function wordsOf(text: string): Set<string> {
  const words =
    text
      .slice(0, 20_000)
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]{4,}/gu) ?? [];
  return new Set(
    words
      .filter((word) => !/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(word))
      .map((word) => word.slice(0, 6)),
  );
}

function pairsOf(text: string): Set<string> {
  const letters =
    text.slice(0, 20_000).match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu) ??
    [];
  return new Set(letters.slice(1).map((letter, index) => letters[index]! + letter));
}
