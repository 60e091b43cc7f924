/** Texts that are run through a model at once, all filled up to one length. */
export interface Batch {
  readonly length: number;
  /** Places of the texts among those that were given. */
  readonly places: readonly number[];
}

export interface Batching {
  /** Tokens in a batch, filling included. */
  readonly budget: number;
  /** Lengths are rounded up to a multiple of this. What a text is filled up to depends on the text alone, and so does its reward. */
  readonly step: number;
  /** Texts of so many tokens and more are run by themselves, not filled up. */
  readonly alone: number;
}

/** Batches of texts of like length, longest first, so that what takes too much memory does so at once. */
export function batchesOf(lengths: readonly number[], { budget, step, alone }: Batching): Batch[] {
  const byLength = new Map<number, number[]>();
  const batches: Batch[] = [];
  lengths.forEach((tokens, place) => {
    if (tokens >= alone) {
      batches.push({ length: tokens, places: [place] });
      return;
    }
    const length = Math.ceil(tokens / step) * step;
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
