import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { inputError } from "../../domain/errors.js";
import { type RewardTable, TEXT_KEYS } from "../../domain/example.js";
import { closest } from "../../domain/suggest.js";
import { inThreads } from "../package/threads.js";
import { isObject } from "../readers/json-value.js";
import { type ArmCounts, leftOut } from "./arm-counts.js";
import { joinColumns, placeOf } from "./columns.js";
import { formOf, refusePipe } from "./form.js";
import { firstRepeat, idAt } from "./ids.js";
import { Shape, type ShapeQuery } from "./layout.js";
import { fieldOf, rewardKeysOf } from "./record.js";
import { fieldsOf, type ScanJob, type ScannedPart, scanParts } from "./scan.js";
import { keysAreScanned, scanKeys } from "./scan-keys.js";
import {
  FLIP,
  RowCollector,
  type RowColumns,
  SAMPLE,
  type SampledTexts,
  type ScoredQuery,
} from "./scored-rows.js";
import { recordsOf } from "./stored.js";

export type { SampledTexts, ScoredQuery } from "./scored-rows.js";
export { FLIP } from "./scored-rows.js";

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
  readonly withoutRewards: ArmCounts;
  /** Examples with a text that was cut to fit the model. */
  readonly truncated: number;
  /** The same by reason. */
  readonly failures: Readonly<Record<string, ArmCounts>>;
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
 *
 * @example
 * const { table } = await readScored("scored.jsonl", { rewardKey: null });
 * estimateEffects(table);
 */
export async function readScored(path: string, query: ScoredQuery): Promise<ScoredTable> {
  const rewardKey = query.rewardKey ?? (await firstKey(path, query));
  const { columns, keys } = await readColumns(path, { ...query, rewardKey }, query.rewardKey === null);
  requireOnly(new Set([rewardKey, ...keys]), path);
  if (columns.treated.length === 0) await explainNothing(path, rewardKey, columns, query);
  requireUnique(columns, path);
  return tableOf(rewardKey, columns, query);
}

/** The rows of one reward model, and the reward keys of all rows where these were asked for. */
export interface ReadColumns {
  readonly columns: RowColumns;
  readonly keys: ReadonlySet<string>;
}

/**
 * The rows of a scored file as columns. JSONL is scanned in place, texts unread; every other shape, and what is compressed, is read record by record, with the
 * same result.
 */
export async function readColumns(
  path: string,
  query: ScanJob["query"],
  allKeys = false,
): Promise<ReadColumns> {
  const scans = (await isScanned(path, query)) && (!allKeys || keysAreScanned(query));
  return scans ? scanFile(path, query, allKeys) : collectColumns(path, query, allKeys);
}

/** Whether a file can be scanned in place: JSONL that is not compressed. */
async function isScanned(path: string, query: ShapeQuery): Promise<boolean> {
  await refusePipe(path);
  return !/\.(gz|zst)$/i.test(path) && (await formOf(path, new Shape(query))) === "lines";
}

/** The same by reading every record whole. */
export async function collectColumns(
  path: string,
  query: ScanJob["query"],
  allKeys = false,
): Promise<ReadColumns> {
  const keys = new Set<string>();
  const texts = { ...TEXT_KEYS, ...query.textKeys };
  const origins: string[] = [];
  const collector = new RowCollector(query, (line) => origins[line]!, SAMPLE);
  let number = 0;
  for await (const { id, record, origin } of recordsOf(path, query)) {
    origins[0] = origin;
    const isNumbered = id === String(number) && fieldOf(record, "id") === undefined;
    collector.add(fieldsOf(isNumbered ? record : { ...record, id }, query), 0);
    if (allKeys) for (const key of rewardKeysOf(record, texts)) keys.add(key);
    number += 1;
  }
  return { columns: collector.columns(0), keys };
}

/** Scans a JSONL file, a large one on several threads; the result does not depend on their number. */
async function scanFile(path: string, query: ScanJob["query"], allKeys: boolean): Promise<ReadColumns> {
  const { size } = await stat(path);
  const threads = size < PARALLEL_FROM ? 1 : Math.min(THREADS, availableParallelism());
  const next = new Int32Array(new SharedArrayBuffer(4));
  const job: ScanJob = {
    path,
    query,
    allKeys,
    size,
    partSize: size < PARALLEL_FROM ? size : PART_SIZE,
    next,
  };
  const others = await inThreads<ScanJob, ScannedPart[]>(
    "storage/examples/scan-worker.js",
    Array(threads - 1).fill(job),
  );
  const scanned = [scanParts(job), ...(await Promise.all(others))]
    .flat()
    .sort((one, other) => one.part - other.part);
  const columns: RowColumns[] = [];
  const keys = new Set<string>();
  for (const part of scanned) {
    if ("fault" in part) {
      const line = columns.reduce((sum, { lines }) => sum + lines, part.fault.line);
      throw inputError(part.fault.template.replaceAll("{place}", `${path}:${line}`));
    }
    columns.push(part.columns);
    for (const key of part.keys) keys.add(key);
  }
  return { columns: joinColumns(columns), keys };
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
    withoutRewards: leftOut(columns),
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

function requireOnly(keys: ReadonlySet<string>, path: string): void {
  if (keys.size <= 1) return;
  throw inputError(
    `${path}: holds scores of several reward models; say which with --reward-key (${[...keys].join(", ")})`,
  );
}

/** The reward key that stands first in a file. */
async function firstKey(path: string, query: ScoredQuery): Promise<string> {
  const keys = { ...TEXT_KEYS, ...query.textKeys };
  for await (const { record } of recordsOf(path, query)) {
    const [first] = rewardKeysOf(record, keys);
    if (first !== undefined) return first;
  }
  throw inputError(await withoutScores(path, query));
}

/** What is wrong with a file that holds no scores: what could be scored is to be scored, what was made elsewhere needs its columns named. */
async function withoutScores(path: string, query: ScoredQuery): Promise<string> {
  const fields = new Set<string>();
  let [examples, texts] = [0, 0];
  for await (const { record } of recordsOf(path, query)) {
    examples += 1;
    if (isObject(fieldOf(record, "completions"))) texts += 1;
    for (const name of Object.keys(record)) if (fields.size < 40) fields.add(name);
  }
  if (examples === 0) return `${path}: holds no examples`;
  if (texts > 0) return `${path}: holds no scores; score it first (rate score --dataset ${path})`;
  return (
    `${path}: holds no scores that are understood (fields: ${[...fields].join(", ")}); name the columns of the rewards and of W: ` +
    "--columns original=COLUMN,rewrite=COLUMN,rewritten_rewrite=COLUMN,treated=COLUMN"
  );
}

/** Says why a file has no rewards under the key. */
async function explainNothing(
  path: string,
  wanted: string,
  columns: RowColumns,
  query: ScoredQuery,
): Promise<void> {
  if (columns.count === 0) throw inputError(`${path}: holds no examples`);
  const found = [...(await keysIn(path, query))];
  if (found.length === 0) throw inputError(await withoutScores(path, query));
  if (found.includes(wanted)) {
    const { treated, untreated } = leftOut(columns);
    throw inputError(
      `${path}: no example has rewards of both rewrites under ${JSON.stringify(wanted)} (${treated} with w = 1 and ${untreated} with w = 0 lack them)`,
    );
  }
  const near = closest(wanted, found);
  throw inputError(
    `${path}: has no scores under ${JSON.stringify(wanted)}${near ? `; did you mean ${near}?` : ""}\nreward keys in the file: ${found.join(", ")}`,
  );
}

/** The reward keys of a file, of all its examples. */
export async function keysIn(path: string, query: ShapeQuery = {}): Promise<Set<string>> {
  if ((await isScanned(path, query)) && keysAreScanned(query)) return scanKeys(path, query);
  const keys = { ...TEXT_KEYS, ...query.textKeys };
  const found = new Set<string>();
  for await (const { record } of recordsOf(path, query))
    for (const key of rewardKeysOf(record, keys)) found.add(key);
  return found;
}
