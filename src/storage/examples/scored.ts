import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { inputError } from "../../domain/errors.js";
import { type RewardTable, TEXT_KEYS } from "../../domain/example.js";
import { closest } from "../../domain/suggest.js";
import { inThreads } from "../package/threads.js";
import { joinColumns, placeOf } from "./columns.js";
import { firstRepeat, idAt } from "./ids.js";
import { fieldsOf, type ScanJob, type ScannedPart, scanParts } from "./scan.js";
import {
  FLIP,
  RowCollector,
  type RowColumns,
  SAMPLE,
  type SampledTexts,
  type ScoredQuery,
} from "./scored-rows.js";
import { isKeyed, isObject, readRecords, type StoredRecord } from "./stored.js";

export type { SampledTexts, ScoredQuery } from "./scored-rows.js";
export { FLIP, HUMAN } from "./scored-rows.js";

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
  /** The id of a row of the table. */
  readonly idOf: (row: number) => string;
  /** Examples that have no rewards of this model, by arm: a rewrite of theirs failed, or they were not scored. */
  readonly withoutRewards: { readonly treated: number; readonly untreated: number };
  /** Examples with a text that was cut to fit the model. */
  readonly truncated: number;
  /** The same by reason. */
  readonly failures: Readonly<Record<string, { readonly treated: number; readonly untreated: number }>>;
  /** Null when the file does not say. */
  readonly flips: FlipCounts | null;
  /** Rewards of rewrites that were asked to change nothing; NaN where there is none, and empty where there are none at all. */
  readonly placebo: Float64Array;
  /** By row: a value of FLIP for each of the two rewrites. */
  readonly flipOf: { readonly rewrite: Uint8Array; readonly rewriteOfRewrite: Uint8Array };
  /** Subgroup of each row; null when none was asked for. */
  readonly groups: readonly string[] | null;
  /** By row: a value of HUMAN; null when not asked for. */
  readonly human: Uint8Array | null;
  /** Texts of some examples, evenly spread over the file. */
  readonly sample: readonly SampledTexts[];
}

/** Files from this size are read by several threads. */
const PARALLEL_FROM = 256 << 20;
const THREADS = 4;
const PART_SIZE = 16 << 20;

/**
 * Reads one reward model's rewards as columns, in constant memory for the texts. Examples without a reward object for the key are counted and left
 * out; one without a reward of the original is kept. Throws with file, line and field on anything else, and lists the keys that exist when the
 * asked one does not.
 */
export async function readScored(path: string, query: ScoredQuery): Promise<ScoredTable> {
  const rewardKey = query.rewardKey ?? (await onlyKey(path, query));
  const columns = await readColumns(path, { ...query, rewardKey });
  if (columns.treated.length === 0) await explainNothing(path, rewardKey, columns.count, query);
  requireUnique(columns, path);
  return tableOf(rewardKey, columns, query);
}

async function readColumns(path: string, query: ScanJob["query"]): Promise<RowColumns> {
  const plain = !/\.(gz|zst)$/i.test(path);
  if (plain && !(await isKeyed(path))) return scanFile(path, query);
  const origins: string[] = [];
  const collector = new RowCollector(query, (line) => origins[line]!, SAMPLE);
  let number = 0;
  for await (const { id, record, origin } of readRecords(path)) {
    origins[0] = origin;
    collector.add(
      { ...fieldsOf(record, query), id: id === String(number) && record.id === undefined ? undefined : id },
      0,
    );
    number += 1;
  }
  return collector.columns(0);
}

/** Scans a JSONL file, a large one on several threads; the result does not depend on their number. */
async function scanFile(path: string, query: ScanJob["query"]): Promise<RowColumns> {
  const { size } = await stat(path);
  const threads = size < PARALLEL_FROM ? 1 : Math.min(THREADS, availableParallelism());
  const next = new Int32Array(new SharedArrayBuffer(4));
  const job: ScanJob = { path, query, size, partSize: size < PARALLEL_FROM ? size : PART_SIZE, next };
  const others = await inThreads<ScanJob, ScannedPart[]>(
    "storage/examples/scan-worker.js",
    Array(threads - 1).fill(job),
  );
  const scanned = [scanParts(job), ...(await Promise.all(others))]
    .flat()
    .sort((one, other) => one.part - other.part);
  const columns: RowColumns[] = [];
  for (const part of scanned) {
    if ("fault" in part) {
      const line = columns.reduce((sum, { lines }) => sum + lines, part.fault.line);
      throw inputError(part.fault.template.replaceAll("{place}", `${path}:${line}`));
    }
    columns.push(part.columns);
  }
  return joinColumns(columns);
}

function requireUnique(columns: RowColumns, path: string): void {
  const row = columns.ids.own.includes(0) ? firstRepeatOfAny(columns) : firstRepeat(columns.ids);
  if (row < 0) return;
  throw inputError(
    `${path}:${placeOf(columns, row).line}: the id ${JSON.stringify(idOf(columns, row))} stands a second time; ids must be unique`,
  );
}

/** The same where some rows have no id but their number. */
function firstRepeatOfAny(columns: RowColumns): number {
  // Numbers of lines differ by themselves.
  if (!columns.ids.own.includes(1)) return -1;
  const seen = new Set<string>();
  return columns.ids.own.findIndex((_, row) => seen.size === seen.add(idOf(columns, row)).size);
}

function idOf(columns: RowColumns, row: number): string {
  return idAt(columns.ids, row) ?? String(placeOf(columns, row).number);
}

function tableOf(rewardKey: string, columns: RowColumns, query: ScoredQuery): ScoredTable {
  const { treated, original, rewrite, rewriteOfRewrite } = columns;
  const flipOf = { rewrite: columns.firstFlip, rewriteOfRewrite: columns.secondFlip };
  return {
    rewardKey,
    idOf: (row) => idOf(columns, row),
    withoutRewards: columns.withoutRewards,
    truncated: columns.truncated,
    failures: columns.failures,
    flips: countFlips(flipOf, treated),
    flipOf,
    placebo: columns.placebo,
    groups: query.groupBy == null ? null : columns.group,
    human: query.humanKey == null ? null : columns.human,
    sample: columns.sample,
    table: {
      treated,
      original,
      rewrite,
      rewriteOfRewrite,
      clusters: query.clusterBy == null ? null : numbered(columns.cluster),
    },
  };
}

/** Labels as numbers from 0, in the order of their first standing. */
function numbered(labels: readonly string[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(labels, (label) => {
    const known = numbers.get(label);
    if (known !== undefined) return known;
    numbers.set(label, numbers.size);
    return numbers.size - 1;
  });
}

function countFlips(flipOf: ScoredTable["flipOf"], treated: Uint8Array): FlipCounts | null {
  const isKnown = (flips: Uint8Array) => flips.includes(FLIP.succeeded) || flips.includes(FLIP.failed);
  if (!isKnown(flipOf.rewrite) && !isKnown(flipOf.rewriteOfRewrite)) return null;
  const tally = (flips: Uint8Array, arm: 0 | 1): Tally => {
    let [succeeded, of] = [0, 0];
    for (let row = 0; row < flips.length; row += 1) {
      if (treated[row] !== arm || flips[row] === FLIP.unknown) continue;
      of += 1;
      if (flips[row] === FLIP.succeeded) succeeded += 1;
    }
    return { succeeded, of };
  };
  return {
    rewrite: { toTreated: tally(flipOf.rewrite, 0), toUntreated: tally(flipOf.rewrite, 1) },
    rewriteOfRewrite: {
      toTreated: tally(flipOf.rewriteOfRewrite, 1),
      toUntreated: tally(flipOf.rewriteOfRewrite, 0),
    },
  };
}

/** Examples that are looked at to find the only reward key there is. */
const LOOKED_AT = 100;

async function onlyKey(path: string, query: ScoredQuery): Promise<string> {
  const found = await keysIn(path, query, LOOKED_AT);
  if (found.size > 1) {
    throw inputError(
      `${path}: holds scores of several reward models; say which with --reward-key (${[...found].join(", ")})`,
    );
  }
  const [key] = found;
  if (key !== undefined) return key;
  const all = await keysIn(path, query, Number.POSITIVE_INFINITY);
  if (all.size === 1) return [...all][0]!;
  throw inputError(`${path}: holds no scores; score it first (rate score --dataset ${path})`);
}

/** Says why a file has no rewards under the key. */
async function explainNothing(
  path: string,
  wanted: string,
  count: number,
  query: ScoredQuery,
): Promise<void> {
  if (count === 0) throw inputError(`${path}: holds no examples`);
  const found = [...(await keysIn(path, query, Number.POSITIVE_INFINITY))];
  if (found.length === 0)
    throw inputError(`${path}: holds no scores; score it first (rate score --dataset ${path})`);
  const near = closest(wanted, found);
  throw inputError(
    `${path}: has no scores under ${JSON.stringify(wanted)}${near ? `; did you mean ${near}?` : ""}\nreward keys in the file: ${found.join(", ")}`,
  );
}

/** The reward keys that stand in the first examples of a file. */
export async function keysIn(
  path: string,
  query: Pick<ScoredQuery, "textKeys">,
  examples: number,
): Promise<Set<string>> {
  const keys = { ...TEXT_KEYS, ...query.textKeys };
  const found = new Set<string>();
  let seen = 0;
  for await (const { record } of readRecords(path)) {
    for (const key of rewardKeysOf(record, keys)) found.add(key);
    seen += 1;
    if (seen >= examples) break;
  }
  return found;
}

/** Fields that look like a reward model's: objects with rewards under the texts' keys. */
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
