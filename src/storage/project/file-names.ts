import { type Shard, shardName } from "../../domain/shard.js";

/** The names of a project's files: how they are made, and what they say. Folders are `Project`'s. */

/** The stamp that every file of one run carries. */
export interface RunStamp {
  /** `YYYYMMDD_HHMMSS`. */
  readonly timestamp: string;
  readonly smokeTest: boolean;
}

/** A timestamp in a name, for regular expressions. */
export const TIMESTAMP = "\\d{8}_\\d{6}";
/** The ends of compressed files, likewise. */
export const PACKED = "(?:\\.gz|\\.zst)?";
const SMOKE_TEST = "_smoke_test";
const SCORED = "_scored_";

/** File names by their timestamps, the newest first. */
export function newestFirst(names: readonly string[]): string[] {
  return [...names].sort((a, b) => compare(timestampOf(b), timestampOf(a)) || compare(b, a));
}

/**
 * A name made safe as part of a file name: characters with a meaning for file systems or shells become `-`, and names stay
 * below a length that every file system takes.
 */
export function fileName(name: string): string {
  const safe = name
    .normalize("NFC")
    .replace(/[^\p{L}\p{N}._+-]+/gu, "-")
    .replace(/^[.-]+/, "")
    .slice(0, 80);
  return safe || "unnamed";
}

/** Local time as `YYYYMMDD_HHMMSS`. */
export function timestampAt(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}_${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}

/** What the files of a run have in their names. */
export function suffix(stamp: RunStamp): string {
  return stamp.smokeTest ? `${stamp.timestamp}_smoke_test` : stamp.timestamp;
}

/** What the files of scores begin with. */
export function scoredStem(dataset: string, model: string, stamp: RunStamp, shard?: Shard): string {
  const part = shard ? `_${shardName(shard)}` : "";
  return `${fileName(dataset)}_${fileName(model)}${stamp.smokeTest ? "_smoke_test" : ""}${part}`;
}

/** The last timestamp in a name; empty where it has none. */
export function timestampOf(name: string): string {
  return name.match(/\d{8}_\d{6}/g)?.at(-1) ?? "";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether a name is that of a smoke test's file. */
export function isOfSmokeTest(name: string): boolean {
  return name.includes(SMOKE_TEST);
}

/** Whether a name is that of a file of scores. */
export function isScoredName(name: string): boolean {
  return name.includes(SCORED) && name.endsWith(".jsonl");
}

/** What the names of a model's scores of a data set begin with, before the timestamp. */
export function scoredStart(dataset: string, model: string, smokeTest: boolean): string {
  return `${scoredStem(dataset, model, { timestamp: "", smokeTest })}${SCORED}`;
}

/** The name of the template file beside a file of scores; null for another file. */
export function templateBeside(name: string): string | null {
  if (!name.includes(SCORED)) return null;
  return `${name.replace(SCORED, "_template_").replace(/\.jsonl?$/, "")}.txt`;
}

/** An effects file's name without what tells its run: equal for the runs of the same data set, attribute and score. */
export function effectsStem(name: string): string {
  return name.replace(new RegExp(`(_${TIMESTAMP})?(${SMOKE_TEST})?\\.json$`), "");
}
