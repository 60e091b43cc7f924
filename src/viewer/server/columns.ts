import { type Json, TEXT_KEYS, TEXT_NAMES, type TextName } from "../../domain/example.js";
import { readLabel } from "../../domain/labels.js";
import { failureIn, fieldOf, isRewards, rewardOf } from "../../storage/examples/record.js";
import type { Filter } from "./filter.js";

/** Whether a flip succeeded by the attribute's own classifier. */
export const FLIP = { unknown: 0, succeeded: 1, failed: 2 } as const;
/** W of the original where a file does not say it. */
export const NO_ARM = 2;

/** More reward keys than this are not looked at: each costs memory for every example. */
const MOST_MODELS = 64;
const MOST_REASONS = 250;

type Record_ = Readonly<Record<string, Json>>;
type RewardColumns = Readonly<Record<TextName, Float64Array>>;

/** What a record of a rewrites or scored file says, as far as lists, filters and orders need it. Where the record itself stands is kept beside it. */
export class ExampleColumns {
  rows = 0;
  /** Counts up with every change. */
  version = 0;
  readonly ids: string[] = [];
  start = new Float64Array(0);
  length = new Int32Array(0);
  /** Where the second part of a record stands that comes in two; length 0 where there is none. */
  secondStart = new Float64Array(0);
  secondLength = new Int32Array(0);
  treated = new Uint8Array(0);
  firstFlip = new Uint8Array(0);
  secondFlip = new Uint8Array(0);
  /** Number of the reason in `reasons`; 0 where nothing failed. */
  failure = new Uint8Array(0);
  /** Characters of each text; −1 where there is none. */
  readonly lengths: Record<TextName, Int32Array> = {
    original: new Int32Array(0),
    rewrite: new Int32Array(0),
    rewriteOfRewrite: new Int32Array(0),
  };
  readonly reasons: string[] = [""];
  /** NaN where there is no reward. */
  readonly rewards = new Map<string, RewardColumns>();
  /** Whether there were more reward keys than are looked at. */
  tooManyModels = false;
  private readonly rowOf = new Map<string, number>();

  /** The row of an id; the first where several share it. */
  find(id: string): number | undefined {
    return this.rowOf.get(id.toWellFormed());
  }

  /** Adds an empty row. Its id is kept as an address can hold it. */
  add(given: string, start: number, length: number): number {
    const id = given.toWellFormed();
    const row = this.rows;
    if (row === this.start.length) this.grow(Math.max(1024, 2 * row));
    this.rows += 1;
    this.ids.push(id);
    if (!this.rowOf.has(id)) this.rowOf.set(id, row);
    this.start[row] = start;
    this.length[row] = length;
    return row;
  }

  /** Takes over what a record says. What has the wrong type counts as not there: the record itself shows it. */
  fill(row: number, record: Record_): void {
    const treated = armOf(record.w_original);
    this.treated[row] = treated;
    this.firstFlip[row] = flipOf(record.w_rewrite, treated, true);
    this.secondFlip[row] = flipOf(record.w_rewritten_rewrite, treated, false);
    const texts = isRecord(record.completions) ? record.completions : {};
    for (const name of TEXT_NAMES) {
      const text = texts[TEXT_KEYS[name]];
      this.lengths[name][row] = typeof text === "string" ? text.length : -1;
    }
    this.failure[row] = this.reasonNumber(record);
    for (const [key, value] of Object.entries(record)) if (isRewards(key, value)) this.score(row, key, value);
    this.version += 1;
  }

  /** R_rr − R_r where w = 1, R_r − R_rr where w = 0: RATE's difference, do(1) − do(0). NaN where it is not defined. */
  difference(row: number, model: string): number {
    const rewards = this.rewards.get(model);
    if (!rewards || this.treated[row] === NO_ARM) return Number.NaN;
    const back = rewards.rewriteOfRewrite[row]! - rewards.rewrite[row]!;
    return this.treated[row] === 1 ? back : -back;
  }

  private score(row: number, key: string, value: Record_): void {
    let columns = this.rewards.get(key);
    if (!columns) {
      if (this.rewards.size >= MOST_MODELS) {
        this.tooManyModels = true;
        return;
      }
      const empty = () => new Float64Array(this.start.length).fill(Number.NaN);
      columns = { original: empty(), rewrite: empty(), rewriteOfRewrite: empty() };
      this.rewards.set(key, columns);
    }
    for (const name of TEXT_NAMES) {
      columns[name][row] = rewardOf(fieldOf(value, TEXT_KEYS[name])) ?? Number.NaN;
    }
  }

  private reasonNumber(record: Record_): number {
    const failure = failureIn(record);
    if (failure === null) return 0;
    const { reason } = failure;
    const known = this.reasons.indexOf(reason);
    if (known > 0) return known;
    if (this.reasons.length > MOST_REASONS) return MOST_REASONS;
    return this.reasons.push(reason) - 1;
  }

  private grow(size: number): void {
    const larger = <Data extends Float64Array | Int32Array | Uint8Array>(old: Data, fill = 0): Data => {
      const made = new (old.constructor as new (size: number) => Data)(size);
      made.fill(fill, old.length);
      made.set(old);
      return made;
    };
    this.start = larger(this.start);
    this.length = larger(this.length);
    this.secondStart = larger(this.secondStart);
    this.secondLength = larger(this.secondLength);
    this.treated = larger(this.treated);
    this.firstFlip = larger(this.firstFlip);
    this.secondFlip = larger(this.secondFlip);
    this.failure = larger(this.failure);
    for (const name of TEXT_NAMES) this.lengths[name] = larger(this.lengths[name], -1);
    for (const [key, columns] of this.rewards) {
      const larger_ = (name: TextName) => larger(columns[name], Number.NaN);
      this.rewards.set(key, {
        original: larger_("original"),
        rewrite: larger_("rewrite"),
        rewriteOfRewrite: larger_("rewriteOfRewrite"),
      });
    }
  }
}

export function isRecord(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function armOf(value: Json | undefined): number {
  const label = readLabel(value);
  return typeof label === "boolean" ? Number(label) : NO_ARM;
}

function flipOf(value: Json | undefined, treated: number, away: boolean): number {
  const found = readLabel(value);
  if (typeof found !== "boolean" || treated === NO_ARM) return FLIP.unknown;
  const wanted = (treated === 1) !== away;
  return found === wanted ? FLIP.succeeded : FLIP.failed;
}

/** The model that a filter is about: the one it names, else the first one there. */
export function modelOf(columns: ExampleColumns, filter: Filter): string {
  if (columns.rewards.has(filter.model)) return filter.model;
  return columns.rewards.keys().next().value ?? "";
}
