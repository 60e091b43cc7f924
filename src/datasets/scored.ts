import { inputError } from "../domain/errors.js";
import type { Json, RewardTable } from "../domain/example.js";
import { TEXT_KEYS } from "../domain/example.js";
import { closest } from "../domain/suggest.js";
import { isObject, readRecords, type StoredRecord, show } from "./stored.js";

/** Which parts of a scored file are read. */
export interface ScoredQuery {
  /** The reward model's key; null takes the only one there. */
  readonly rewardKey: string | null;
  /** The three rewards' keys below the reward key. */
  readonly textKeys?: Partial<Record<"original" | "rewrite" | "rewriteOfRewrite", string>> | undefined;
  /** Field whose equal values make a cluster, `a.b` for nested ones. */
  readonly clusterBy?: string;
}

/** Whether the flips succeeded by the attribute's own classifier, as the file has it. */
export interface FlipCounts {
  /** Flips to w = 1 and to w = 0, by the text that was made. */
  readonly rewrite: { readonly toTreated: Tally; readonly toUntreated: Tally };
  readonly rewriteOfRewrite: { readonly toTreated: Tally; readonly toUntreated: Tally };
}

export interface Tally {
  readonly succeeded: number;
  readonly of: number;
}

export interface ScoredTable {
  readonly rewardKey: string;
  readonly table: RewardTable;
  /** Ids of the table's rows. */
  readonly ids: readonly string[];
  /** Examples that have no rewards of this model, by arm: a rewrite of theirs failed, or they were not scored. */
  readonly withoutRewards: { readonly treated: number; readonly untreated: number };
  /** Null when the file does not say. */
  readonly flips: FlipCounts | null;
}

/**
 * Reads one reward model's rewards as columns. Examples without a reward object for the key are counted and left out; one without a
 * reward of the original is kept. Throws with file, line and field on anything else, and lists the keys that exist when the asked one does not.
 */
export async function readScored(path: string, query: ScoredQuery): Promise<ScoredTable> {
  const keys = { ...TEXT_KEYS, ...query.textKeys };
  const treated: number[] = [];
  const columns = { original: [] as number[], rewrite: [] as number[], rewriteOfRewrite: [] as number[] };
  const ids: string[] = [];
  const withoutRewards = { treated: 0, untreated: 0 };
  const clusters: number[] = [];
  const clusterNumbers = new Map<string, number>();
  const flips = new FlipTally();
  const found = new Set<string>();
  let rewardKey = query.rewardKey;
  for await (const example of readRecords(path)) {
    for (const key of rewardKeysOf(example.record, keys)) found.add(key);
    if (rewardKey === null) rewardKey = onlyOne(found, path);
    const w = readTreated(example);
    const rewards = rewardKey === null ? undefined : example.record[rewardKey];
    if (rewards === undefined || rewards === null) {
      withoutRewards[w ? "treated" : "untreated"] += 1;
      continue;
    }
    if (!isObject(rewards)) {
      throw inputError(
        `${example.origin}: ${rewardKey}: expected an object of rewards, found ${show(rewards)}`,
      );
    }
    const read = (key: string) => readReward(rewards[key], `${example.origin}: ${rewardKey}.${key}`);
    columns.original.push(
      keys.original in rewards && rewards[keys.original] !== null ? read(keys.original) : Number.NaN,
    );
    columns.rewrite.push(read(keys.rewrite));
    columns.rewriteOfRewrite.push(read(keys.rewriteOfRewrite));
    treated.push(w ? 1 : 0);
    ids.push(example.id);
    flips.add(example.record, w);
    if (query.clusterBy !== undefined) {
      const name = clusterOf(example, query.clusterBy);
      if (!clusterNumbers.has(name)) clusterNumbers.set(name, clusterNumbers.size);
      clusters.push(clusterNumbers.get(name)!);
    }
  }
  if (rewardKey === null || !found.has(rewardKey))
    throw noSuchKey(
      path,
      rewardKey,
      [...found],
      ids.length + withoutRewards.treated + withoutRewards.untreated,
    );
  return {
    rewardKey,
    ids,
    withoutRewards,
    flips: flips.counts,
    table: {
      treated: Uint8Array.from(treated),
      original: Float64Array.from(columns.original),
      rewrite: Float64Array.from(columns.rewrite),
      rewriteOfRewrite: Float64Array.from(columns.rewriteOfRewrite),
      clusters: query.clusterBy === undefined ? null : Int32Array.from(clusters),
    },
  };
}

/** Fields that look like a reward model's: objects with numbers under the texts' keys. */
function rewardKeysOf(
  record: StoredRecord["record"],
  keys: { rewrite: string; rewriteOfRewrite: string },
): string[] {
  return Object.entries(record)
    .filter(
      ([key, value]) =>
        key !== "completions" && isObject(value) && (keys.rewrite in value || keys.rewriteOfRewrite in value),
    )
    .map(([key]) => key);
}

function onlyOne(found: ReadonlySet<string>, path: string): string | null {
  if (found.size > 1) {
    throw inputError(
      `${path}: holds scores of several reward models; say which with --reward-key (${[...found].join(", ")})`,
    );
  }
  return [...found][0] ?? null;
}

function noSuchKey(path: string, wanted: string | null, found: readonly string[], count: number): Error {
  if (count === 0) return inputError(`${path}: holds no examples`);
  if (found.length === 0)
    return inputError(`${path}: holds no scores; score it first (rate score --dataset ${path})`);
  const near = wanted === null ? undefined : closest(wanted, found);
  return inputError(
    `${path}: has no scores under ${JSON.stringify(wanted)}${near ? `; did you mean ${near}?` : ""}\nreward keys in the file: ${found.join(", ")}`,
  );
}

function readTreated({ record, origin }: StoredRecord): boolean {
  const value = record.w_original;
  if (typeof value === "boolean") return value;
  if (value === 1 || value === 0) return value === 1;
  throw inputError(`${origin}: w_original: expected true or false, found ${show(value)}`);
}

/** A reward; Python's json writes NaN and Infinity as no JSON does, so they arrive here as text or fail before. */
function readReward(value: Json | undefined, field: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw inputError(`${field}: expected a finite number, found ${show(value)}`);
}

function clusterOf({ record, origin }: StoredRecord, field: string): string {
  let value: Json | undefined = record[field];
  if (value === undefined) {
    value = record as Json;
    for (const step of field.split(".")) value = isObject(value) ? value[step] : undefined;
  }
  if (value === undefined || value === null) {
    throw inputError(`${origin}: has no ${field} to cluster by (fields: ${Object.keys(record).join(", ")})`);
  }
  return JSON.stringify(value);
}

/** Counts flips while a file is read. */
class FlipTally {
  private readonly counted = { rewrite: newCounts(), rewriteOfRewrite: newCounts() };
  private any = false;

  add(record: StoredRecord["record"], treated: boolean): void {
    this.one(this.counted.rewrite, record.w_rewrite, !treated);
    this.one(this.counted.rewriteOfRewrite, record.w_rewritten_rewrite, treated);
  }

  get counts(): FlipCounts | null {
    return this.any ? this.counted : null;
  }

  private one(counts: ReturnType<typeof newCounts>, value: Json | undefined, target: boolean): void {
    if (typeof value !== "boolean") return;
    this.any = true;
    const tally = target ? counts.toTreated : counts.toUntreated;
    tally.of += 1;
    if (value === target) tally.succeeded += 1;
  }
}

function newCounts() {
  return { toTreated: { succeeded: 0, of: 0 }, toUntreated: { succeeded: 0, of: 0 } };
}
