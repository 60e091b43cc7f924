/** Texts that are run through a model at once, all filled up to one length. */
export interface Batch {
  readonly length: number;
  /** Places of the texts among those that were given. */
  readonly places: readonly number[];
}

export interface Batching {
  /** Tokens in a batch, filling included. */
  readonly budget: number;
  /** What a text is filled up to: it depends on the text's length alone, and so does its reward. */
  readonly fill: (tokens: number) => number;
  /** Texts of so many tokens and more are run by themselves, not filled up. */
  readonly alone: number;
}

/** Rounds lengths up so that few different ones are left, by little: to multiples of 2, 4 and 8. */
export function roundUp(tokens: number): number {
  const step = tokens <= 32 ? 2 : tokens <= 64 ? 4 : 8;
  return Math.ceil(tokens / step) * step;
}

/** Batches of texts of like length, longest first, so that what takes too much memory does so at once. */
export function batchesOf(lengths: readonly number[], { budget, fill, alone }: Batching): Batch[] {
  const byLength = new Map<number, number[]>();
  const batches: Batch[] = [];
  lengths.forEach((tokens, place) => {
    if (tokens >= alone) {
      batches.push({ length: tokens, places: [place] });
      return;
    }
    const length = fill(tokens);
    const places = byLength.get(length);
    if (places) places.push(place);
    else byLength.set(length, [place]);
  });
  for (const [length, all] of byLength) {
    const rows = Math.max(1, Math.floor(budget / length));
    for (let start = 0; start < all.length; start += rows)
      batches.push({ length, places: all.slice(start, start + rows) });
  }
  return batches.sort((a, b) => b.length - a.length);
}
