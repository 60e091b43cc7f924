import { inputError } from "../../domain/errors.js";
import {
  type Json,
  PLACEBO_KEY,
  TEXT_KEYS,
  TEXT_NAMES,
  type TextName,
  type Texts,
} from "../../domain/example.js";
import { readLabel } from "../../domain/labels.js";
import { isObject, show } from "../readers/json-value.js";
import type { ArmCounts } from "./arm-counts.js";
import { growingBytes, growingFloats, growingInts } from "./growing.js";
import { IdCollector, type IdColumn } from "./ids.js";
import type { ShapeQuery } from "./layout.js";
import type { PlainLines } from "./line-scanner.js";
import { failureIn, fieldOf, rewardOf } from "./record.js";

/** Which parts of a scored file are read. */
export interface ScoredQuery extends ShapeQuery {
  /** The reward model's key; null takes the only one there. */
  readonly rewardKey: string | null;
  /** Field whose equal values make a cluster, `a.b` for nested ones. */
  readonly clusterBy?: string | null;
  /** Field whose values make subgroups, likewise. */
  readonly groupBy?: string | null;
  /** Field that holds the key of the text that people preferred, or "tie". */
  readonly humanKey?: string | null;
}

/** The fields of a record that rows are made of, besides the rewards. */
export const ROW_FIELDS = [
  "id",
  "w_original",
  "w_rewrite",
  "w_rewritten_rewrite",
  "completions",
  "rewrite_failure",
  "truncated_texts",
] as const;
export type RowField = (typeof ROW_FIELDS)[number];

/** The values of one example that matter, as they stand in the file. */
export interface RowFields {
  /** One of the record's own fields. */
  field(name: RowField): Json | undefined;
  /** A field of the user's, by its name or the path to it. */
  at(path: string): Json | undefined;
  /** The reward object, decoded or not. */
  readonly rewards: Json | undefined;
  /** The reward of a text, by the text's key. */
  reward(key: string): Json | undefined;
}

/** Whether a flip succeeded by the attribute's own classifier. */
export const FLIP = { unknown: 0, succeeded: 1, failed: 2 } as const;
/** What people preferred. */
const HUMAN = { unlabelled: 0, treated: 1, untreated: 2, tie: 3 } as const;

/** Texts of so many examples at most are kept, evenly spread over the file. */
export const SAMPLE = 128;

/** A sampled example. */
export interface SampledTexts {
  /** Number of the table's row. */
  readonly row: number;
  readonly texts: Texts;
}

/** The columns of numbers that rows become. */
export const NUMBER_COLUMNS = {
  treated: growingBytes,
  original: growingFloats,
  rewrite: growingFloats,
  rewriteOfRewrite: growingFloats,
  firstFlip: growingBytes,
  secondFlip: growingBytes,
  /** Empty where it was not asked for. */
  human: growingBytes,
  /** Position in its part of the file among all examples, from 0, and line; see `placeOf`. */
  numbers: growingInts,
  line: growingInts,
} as const;
export type NumberColumn = keyof typeof NUMBER_COLUMNS;
type Growing = { readonly [Name in NumberColumn]: ReturnType<(typeof NUMBER_COLUMNS)[Name]> };
type Grown = { readonly [Name in NumberColumn]: ReturnType<Growing[Name]["values"]> };

/** Rows as columns: plain data, so that a thread can hand its part to another. */
export interface RowColumns extends Grown {
  /** Examples read, with and without rewards. */
  readonly count: number;
  readonly lines: number;
  readonly ids: IdColumn;
  /** What stands before each part of the file: rows here, examples and lines there. */
  readonly parts: readonly { readonly rows: number; readonly count: number; readonly lines: number }[];
  /** NaN where there is none, and empty where there are none at all. */
  readonly placebo: Float64Array;
  /** Empty where they were not asked for. */
  readonly cluster: readonly string[];
  readonly group: readonly string[];
  /** Examples with a text that was cut to fit the model. */
  readonly truncated: number;
  /** Why examples are left out: reason by arm. */
  readonly failures: Readonly<Record<string, ArmCounts>>;
  readonly sample: readonly SampledTexts[];
}

/** Checks one example after the other and adds it to the columns. Throws with the place and the field on what is wrong. */
export class RowCollector {
  private count = 0;
  private cut = 0;
  private readonly ids = new IdCollector();
  private readonly data = Object.fromEntries(
    Object.entries(NUMBER_COLUMNS).map(([name, make]) => [name, make()]),
  ) as Growing;
  private readonly placebo = growingFloats();
  private readonly cluster: string[] = [];
  private readonly group: string[] = [];
  private readonly failures = new Map<string, { treated: number; untreated: number }>();
  private sample: SampledTexts[] = [];
  private sampleStep = 1;
  private readonly keys: Record<TextName, string>;

  constructor(
    private readonly query: ScoredQuery & { readonly rewardKey: string },
    private readonly place: (line: number) => string,
    /** Texts of so many examples at most are kept. */
    private readonly sampleSize: number,
  ) {
    this.keys = { ...TEXT_KEYS, ...query.textKeys };
  }

  /** What has been added, in a file of so many lines. */
  columns(lines: number): RowColumns {
    const grown = Object.fromEntries(
      Object.entries(this.data).map(([name, column]) => [name, column.values()]),
    ) as unknown as Grown;
    return {
      ...grown,
      count: this.count,
      lines,
      ids: this.ids.values(),
      parts: [{ rows: 0, count: 0, lines: 0 }],
      placebo: this.placebos(),
      cluster: this.cluster,
      group: this.group,
      truncated: this.cut,
      failures: Object.fromEntries(this.failures),
      sample: this.sample,
    };
  }

  private get rows(): number {
    return this.data.treated.length;
  }

  private placebos(): Float64Array {
    if (this.placebo.length > 0) this.placebo.repeat(Number.NaN, this.rows - this.placebo.length);
    return this.placebo.values();
  }

  /** Adds an example. What is wrong with it is found before anything is added. */
  add(row: RowFields, line: number): void {
    const { query, data } = this;
    const rows = this.rows;
    this.ids.keep(rows);
    const w = this.treated(row.field("w_original"), line);
    const { rewards } = row;
    if (rewards === undefined || rewards === null) {
      this.addMissing(w, reasonOf(row));
      return;
    }
    if (!isObject(rewards)) {
      throw inputError(
        `${this.place(line)}: ${query.rewardKey}: expected an object of rewards, found ${show(rewards)}`,
      );
    }
    const [original, rewrite, rewriteOfRewrite] = TEXT_NAMES.map((name) => this.reward(row, name, line));
    const firstFlip = this.flip(row, "w_rewrite", !w, line);
    const secondFlip = this.flip(row, "w_rewritten_rewrite", w, line);
    const cluster = query.clusterBy == null ? null : this.label(row, query.clusterBy, line);
    const group = query.groupBy == null ? null : this.label(row, query.groupBy, line);
    const human = query.humanKey == null ? null : this.human(row.at(query.humanKey), w, query.humanKey, line);
    if (rewrite === null || rewriteOfRewrite === null) {
      this.addMissing(w, "missing reward");
      return;
    }
    this.ids.push(this.id(row.field("id"), line));
    const truncated = row.field("truncated_texts");
    if (isObject(truncated) && Object.hasOwn(truncated, query.rewardKey)) this.cut += 1;
    if (rows % this.sampleStep === 0) this.sampleTexts(row.field("completions"));
    data.original.push(original ?? Number.NaN);
    data.rewrite.push(rewrite!);
    data.rewriteOfRewrite.push(rewriteOfRewrite!);
    const placebo = rewardOf(row.reward(PLACEBO_KEY)) ?? null;
    if (placebo !== null) {
      this.placebo.repeat(Number.NaN, rows - this.placebo.length);
      this.placebo.push(placebo);
    }
    data.treated.push(w ? 1 : 0);
    data.numbers.push(this.count);
    data.line.push(line);
    data.firstFlip.push(firstFlip);
    data.secondFlip.push(secondFlip);
    if (cluster !== null) this.cluster.push(cluster);
    if (group !== null) this.group.push(group);
    if (human !== null) data.human.push(human);
    this.count += 1;
  }

  /** How many examples can be added before the texts of one are wanted for the sample. */
  get beforeSampled(): number {
    const over = this.rows % this.sampleStep;
    return over === 0 ? 0 : this.sampleStep - over;
  }

  /** Says about how many examples there will be, so that no more of them are sampled than must be. */
  expect(rows: number): void {
    while (rows > this.sampleSize * this.sampleStep) this.sampleStep *= 2;
  }

  /** Adds examples that have an id, W, rewards of the three texts, perhaps flips, and nothing else that is asked for. */
  addPlain({ count, texts, ends, hashes, flags, numbers }: PlainLines, line: number): void {
    const { data } = this;
    const [treated, firstFlip, secondFlip] = flags as [Uint8Array, Uint8Array, Uint8Array];
    const [original, rewrite, rewriteOfRewrite] = numbers as [Float64Array, Float64Array, Float64Array];
    this.ids.keep(this.rows);
    this.ids.append(texts, ends, hashes);
    data.original.append(original);
    data.rewrite.append(rewrite);
    data.rewriteOfRewrite.append(rewriteOfRewrite);
    data.treated.append(treated);
    data.numbers.appendRange(this.count, count);
    data.line.appendRange(line, count);
    data.firstFlip.append(plainFlips(firstFlip, treated, 1));
    data.secondFlip.append(plainFlips(secondFlip, treated, 0));
    this.count += count;
  }

  private addMissing(treated: boolean, reason: string): void {
    const counts = this.failures.get(reason) ?? { treated: 0, untreated: 0 };
    counts[treated ? "treated" : "untreated"] += 1;
    this.failures.set(reason, counts);
    this.count += 1;
  }

  private treated(value: Json | undefined, line: number): boolean {
    const label = readLabel(value);
    if (typeof label === "boolean") return label;
    const { treated: column = "w_original" } = this.query.columns ?? {};
    const advice =
      value === undefined
        ? "; name the column that says whether the original has the attribute (--columns treated=COLUMN)"
        : "";
    throw inputError(
      `${this.place(line)}: ${column}: expected true or false (or yes and no, 1 and 0), found ${show(value)}${advice}`,
    );
  }

  /** Null for a missing reward. */
  private reward(row: RowFields, name: TextName, line: number): number | null {
    const value = row.reward(this.keys[name]);
    const reward = rewardOf(value);
    if (reward !== undefined) return reward;
    throw inputError(
      `${this.place(line)}: ${this.query.rewardKey}.${this.keys[name]}: expected a number (null or NaN for a missing reward), found ${show(value)}`,
    );
  }

  private id(value: Json | undefined, line: number): string | null {
    if (value === undefined || value === null || value === "") return null;
    if (typeof value === "string" || typeof value === "number") return String(value);
    throw inputError(`${this.place(line)}: id: expected text or a number, found ${show(value)}`);
  }

  private flip(
    row: RowFields,
    field: "w_rewrite" | "w_rewritten_rewrite",
    target: boolean,
    line: number,
  ): number {
    const value = row.field(field);
    const label = readLabel(value);
    if (label === "missing") return FLIP.unknown;
    if (typeof label === "boolean") return label === target ? FLIP.succeeded : FLIP.failed;
    throw inputError(
      `${this.place(line)}: ${field}: expected true or false (or yes and no, 1 and 0; null where it is not known), found ${show(value)}`,
    );
  }

  private label(row: RowFields, field: string, line: number): string {
    const value = row.at(field);
    if (value === undefined || value === null) throw inputError(`${this.place(line)}: has no ${field}`);
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    throw inputError(
      `${this.place(line)}: ${field}: expected text, a number, true or false, found ${show(value)}`,
    );
  }

  /** The preferred text's key as which arm's text it is: of the RATE pair, the rewrite has the other W than the original. */
  private human(value: Json | undefined, w: boolean, field: string, line: number): number {
    if (value === undefined || value === null || value === "") return HUMAN.unlabelled;
    if (value === "tie") return HUMAN.tie;
    if (value === this.keys.rewrite) return w ? HUMAN.untreated : HUMAN.treated;
    if (value === this.keys.rewriteOfRewrite) return w ? HUMAN.treated : HUMAN.untreated;
    throw inputError(
      `${this.place(line)}: ${field}: expected ${JSON.stringify(this.keys.rewrite)}, ${JSON.stringify(this.keys.rewriteOfRewrite)} or "tie", found ${show(value)}`,
    );
  }

  private sampleTexts(completions: Json | undefined): void {
    if (!isObject(completions)) return;
    const texts = TEXT_NAMES.map((name) => fieldOf(completions, TEXT_KEYS[name]));
    if (!texts.every((text) => typeof text === "string")) return;
    const [original, rewrite, rewriteOfRewrite] = texts as [string, string, string];
    this.sample.push({ row: this.rows, texts: { original, rewrite, rewriteOfRewrite } });
    if (this.sample.length <= this.sampleSize) return;
    // Every second one goes.
    this.sampleStep *= 2;
    this.sample = this.sample.filter(({ row }) => row % this.sampleStep === 0);
  }
}

/** Why an example has no rewards. */
function reasonOf(row: RowFields): string {
  const failure = failureIn({ rewrite_failure: row.field("rewrite_failure") ?? null });
  return failure?.reason ?? "not scored";
}

/** Flips by plain lines' flags, 2 for an absent one; `flipped` is 1 where a text should have the other W than its original. */
function plainFlips(flags: Uint8Array, treated: Uint8Array, flipped: 0 | 1): Uint8Array {
  const flips = new Uint8Array(flags.length).fill(FLIP.unknown);
  for (let row = 0; row < flags.length; row += 1) {
    const flag = flags[row]!;
    if (flag < 2) flips[row] = flag === (treated[row]! ^ flipped) ? FLIP.succeeded : FLIP.failed;
  }
  return flips;
}
