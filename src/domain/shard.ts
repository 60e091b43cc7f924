import { inputError } from "./errors.js";

/** One of several parts into which the examples of a file are cut, in their order; `index` counts from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

const MOST_SHARDS = 10_000;

/** Reads `3/16`. */
export function parseShard(text: string): Shard {
  const found = /^(\d{1,5})\/(\d{1,5})$/.exec(text.trim());
  const shard = found && { index: Number(found[1]), count: Number(found[2]) };
  if (!shard || shard.index < 1 || shard.index > shard.count || shard.count > MOST_SHARDS) {
    throw inputError(
      `--shard ${text}: expected K/N, the K-th of N parts: 1/4, 2/4, 3/4 or 4/4 (N at most ${MOST_SHARDS})`,
    );
  }
  return shard;
}

/** The shard in file names: `shard-03-of-16`. Names sort as the shards do. */
export function shardName({ index, count }: Shard): string {
  const width = Math.max(2, String(count).length);
  const padded = (value: number) => String(value).padStart(width, "0");
  return `shard-${padded(index)}-of-${padded(count)}`;
}

/** The half-open range of positions that a shard of `total` examples holds. Sizes differ by one at most. */
export function shardRange({ index, count }: Shard, total: number): { start: number; end: number } {
  return {
    start: Math.floor((total * (index - 1)) / count),
    end: Math.floor((total * index) / count),
  };
}

/** All shards of a cut, in order. */
export function shardsOf(count: number): Shard[] {
  return Array.from({ length: count }, (_, place) => ({ index: place + 1, count }));
}
