import { inputError } from "../../domain/errors.js";
import { type Json, TEXT_KEYS, TEXT_NAMES, type TextName, type Texts } from "../../domain/example.js";
import { growingBytes, growingFloats, growingInts } from "./growing.js";
import { IdCollector, type IdColumn } from "./ids.js";
import type { PlainLines } from "./line-scanner.js";
import { isObject, show } from "./stored.js";

/** Which parts of a scored file are read. */
export interface ScoredQuery {
  /** The reward model's key; null takes the only one there. */
  readonly rewardKey: string | null;
  /** The three rewards' keys below the reward key. */
  readonly textKeys?: Partial<Record<TextName, string>> | undefined;
  /** Field whose equal values make a cluster, `a.b` for nested ones. */
  readonly clusterBy?: string | null;
  /** Field whose values make subgroups, likewise. */
  readonly groupBy?: string | null;
  /** Field that holds the key of the text that people preferred, or "tie". */
  readonly humanKey?: string | null;
}

/** The values of one example that matter, as they stand in the file. */
export interface RowFields {
  readonly id: Json | undefined;
  readonly treated: Json | undefined;
  /** The reward object, decoded or not. */
  readonly rewards: Json | undefined;
  reward(name: TextName): Json | undefined;
  /** The reward of a rewrite that was asked to change nothing, where the data has one. */
  readonly placebo: Json | undefined;
  readonly firstFlip: Json | undefined;
  readonly secondFlip: Json | undefined;
  readonly cluster: Json | undefined;
  readonly group: Json | undefined;
  readonly human: Json | undefined;
  readonly failure: Json | undefined;
  /** Texts that were cut to fit the model, by reward key. */
  readonly truncated: Json | undefined;
  /** The texts; asked for in a sample only. */
  readonly completions: Json | undefined;
}

/** Whether a flip succeeded by the attribute's own classifier. */
export const FLIP = { unknown: 0, succeeded: 1, failed: 2 } as const;
/** What people preferred. */
export const HUMAN = { unlabelled: 0, treated: 1, untreated: 2, tie: 3 } as const;

/** Texts of so many examples at most are kept, evenly spread over the file. */
export const SAMPLE = 128;

/** A sampled example. */
export interface SampledTexts {
  /** Number of the table's row. */
  readonly row: number;
  readonly texts: Texts;
}

/** Rows as columns: plain data, so that a thread can hand its part to another. */
export interface RowColumns {
  /** Examples read, with and without rewards. */
  readonly count: number;
  readonly lines: number;
  readonly ids: IdColumn;
  /** Position in its part of the file among all examples, from 0, and line; see `placeOf`. */
  readonly numbers: Int32Array;
  readonly line: Int32Array;
  /** What stands before each part of the file: rows here, examples and lines there. */
  readonly parts: readonly { readonly rows: number; readonly count: number; readonly lines: number }[];
  readonly treated: Uint8Array;
  readonly original: Float64Array;
  readonly rewrite: Float64Array;
  readonly rewriteOfRewrite: Float64Array;
  /** NaN where there is none, and empty where there are none at all. */
  readonly placebo: Float64Array;
  readonly firstFlip: Uint8Array;
  readonly secondFlip: Uint8Array;
  readonly human: Uint8Array;
  readonly cluster: readonly string[];
  readonly group: readonly string[];
  readonly withoutRewards: ArmCounts;
  /** Examples with a text that was cut to fit the model. */
  readonly truncated: number;
  /** Why rewrites are missing: reason by arm. */
  readonly failures: Readonly<Record<string, ArmCounts>>;
  readonly sample: readonly SampledTexts[];
}

export interface ArmCounts {
  readonly treated: number;
  readonly untreated: number;
}

/** Checks one example after the other and adds it to the columns. Throws with the place and the field on what is wrong. */
export class RowCollector {
  private count = 0;
  private cut = 0;
  private readonly ids = new IdCollector();
  private readonly numbers = growingInts();
  private readonly line = growingInts();
  private readonly arm = growingBytes();
  private readonly original = growingFloats();
  private readonly rewrite = growingFloats();
  private readonly rewriteOfRewrite = growingFloats();
  private readonly placebo = growingFloats();
  private readonly firstFlip = growingBytes();
  private readonly secondFlip = growingBytes();
  private readonly preferred = growingBytes();
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
    const failures = [...this.failures.values()];
    const sum = (arm: "treated" | "untreated") => failures.reduce((total, counts) => total + counts[arm], 0);
    return {
      count: this.count,
      lines,
      ids: this.ids.values(),
      numbers: this.numbers.values(),
      line: this.line.values(),
      parts: [{ rows: 0, count: 0, lines: 0 }],
      treated: this.arm.values(),
      original: this.original.values(),
      rewrite: this.rewrite.values(),
      rewriteOfRewrite: this.rewriteOfRewrite.values(),
      placebo: this.placebos(),
      firstFlip: this.firstFlip.values(),
      secondFlip: this.secondFlip.values(),
      human: this.preferred.values(),
      cluster: this.cluster,
      group: this.group,
      withoutRewards: { treated: sum("treated"), untreated: sum("untreated") },
      truncated: this.cut,
      failures: Object.fromEntries(this.failures),
      sample: this.sample,
    };
  }

  private placebos(): Float64Array {
    if (this.placebo.length > 0) this.placebo.repeat(Number.NaN, this.arm.length - this.placebo.length);
    return this.placebo.values();
  }

  /** Adds an example. What is wrong with it is found before anything is added. */
  add(row: RowFields, line: number): void {
    const { query } = this;
    const rows = this.arm.length;
    this.ids.keep(rows);
    const w = this.treated(row.treated, line);
    const { rewards } = row;
    if (rewards === undefined || rewards === null) {
      this.addMissing(row.failure, w);
      this.count += 1;
      return;
    }
    if (!isObject(rewards)) {
      throw inputError(
        `${this.place(line)}: ${query.rewardKey}: expected an object of rewards, found ${show(rewards)}`,
      );
    }
    const original = this.reward(row, "original", line);
    const rewrite = this.reward(row, "rewrite", line);
    const rewriteOfRewrite = this.reward(row, "rewriteOfRewrite", line);
    const firstFlip = flipOf(row.firstFlip, !w);
    const secondFlip = flipOf(row.secondFlip, w);
    const cluster = query.clusterBy == null ? null : this.label(row.cluster, query.clusterBy, line);
    const group = query.groupBy == null ? null : this.label(row.group, query.groupBy, line);
    const human = query.humanKey == null ? null : this.human(row.human, w, query.humanKey, line);
    this.ids.push(this.id(row.id, line));
    const { truncated } = row;
    if (isObject(truncated) && query.rewardKey in truncated) this.cut += 1;
    if (rows % this.sampleStep === 0) this.sampleTexts(row);
    this.original.push(original);
    this.rewrite.push(rewrite);
    this.rewriteOfRewrite.push(rewriteOfRewrite);
    if (typeof row.placebo === "number") {
      this.placebo.repeat(Number.NaN, rows - this.placebo.length);
      this.placebo.push(row.placebo);
    }
    this.arm.push(w ? 1 : 0);
    this.numbers.push(this.count);
    this.line.push(line);
    this.firstFlip.push(firstFlip);
    this.secondFlip.push(secondFlip);
    if (cluster !== null) this.cluster.push(cluster);
    if (group !== null) this.group.push(group);
    if (human !== null) this.preferred.push(human);
    this.count += 1;
  }

  /** How many examples can be added before the texts of one are wanted for the sample. */
  get beforeSampled(): number {
    const over = this.arm.length % this.sampleStep;
    return over === 0 ? 0 : this.sampleStep - over;
  }

  /** Says about how many examples there will be, so that no more of them are sampled than must be. */
  expect(rows: number): void {
    while (rows > this.sampleSize * this.sampleStep) this.sampleStep *= 2;
  }

  /** Adds examples that have an id, W, rewards of the three texts, perhaps flips, and nothing else that is asked for. */
  addPlain({ count, texts, ends, hashes, flags, numbers }: PlainLines, line: number): void {
    const rows = this.arm.length;
    const [treated, firstFlip, secondFlip] = flags as [Uint8Array, Uint8Array, Uint8Array];
    const [original, rewrite, rewriteOfRewrite] = numbers as [Float64Array, Float64Array, Float64Array];
    this.ids.keep(rows);
    this.ids.append(texts, ends, hashes);
    this.original.append(original);
    this.rewrite.append(rewrite);
    this.rewriteOfRewrite.append(rewriteOfRewrite);
    this.arm.append(treated);
    this.numbers.appendRange(this.count, count);
    this.line.appendRange(line, count);
    this.firstFlip.append(plainFlips(firstFlip, treated, 1));
    this.secondFlip.append(plainFlips(secondFlip, treated, 0));
    this.count += count;
  }

  private addMissing(failure: Json | undefined, treated: boolean): void {
    const reason = isObject(failure) && typeof failure.reason === "string" ? failure.reason : "not scored";
    const counts = this.failures.get(reason) ?? { treated: 0, untreated: 0 };
    counts[treated ? "treated" : "untreated"] += 1;
    this.failures.set(reason, counts);
  }

  private treated(value: Json | undefined, line: number): boolean {
    if (value === true || value === 1) return true;
    if (value === false || value === 0) return false;
    throw inputError(`${this.place(line)}: w_original: expected true or false, found ${show(value)}`);
  }

  /** NaN for an original without a reward, which is allowed. */
  private reward(row: RowFields, name: TextName, line: number): number {
    const value = row.reward(name);
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (name === "original" && (value === undefined || value === null)) return Number.NaN;
    throw inputError(
      `${this.place(line)}: ${this.query.rewardKey}.${this.keys[name]}: expected a finite number, found ${show(value)}`,
    );
  }

  private id(value: Json | undefined, line: number): string | null {
    if (value === undefined || value === null) return null;
    if (typeof value === "string" || typeof value === "number") return String(value);
    throw inputError(`${this.place(line)}: id: expected text or a number, found ${show(value)}`);
  }

  private label(value: Json | undefined, field: string, line: number): string {
    if (value === undefined || value === null) throw inputError(`${this.place(line)}: has no ${field}`);
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    throw inputError(
      `${this.place(line)}: ${field}: expected text, a number, true or false, found ${show(value)}`,
    );
  }

  /** The preferred text's key as which arm's text it is: of the RATE pair, the rewrite has the other W than the original. */
  private human(value: Json | undefined, w: boolean, field: string, line: number): number {
    if (value === undefined || value === null) return HUMAN.unlabelled;
    if (value === "tie") return HUMAN.tie;
    if (value === this.keys.rewrite) return w ? HUMAN.untreated : HUMAN.treated;
    if (value === this.keys.rewriteOfRewrite) return w ? HUMAN.treated : HUMAN.untreated;
    throw inputError(
      `${this.place(line)}: ${field}: expected ${JSON.stringify(this.keys.rewrite)}, ${JSON.stringify(this.keys.rewriteOfRewrite)} or "tie", found ${show(value)}`,
    );
  }

  private sampleTexts(row: RowFields): void {
    const { completions } = row;
    if (!isObject(completions)) return;
    const texts = TEXT_NAMES.map((name) => completions[TEXT_KEYS[name]]);
    if (!texts.every((text) => typeof text === "string")) return;
    const [original, rewrite, rewriteOfRewrite] = texts as [string, string, string];
    this.sample.push({ row: this.arm.length, texts: { original, rewrite, rewriteOfRewrite } });
    if (this.sample.length <= this.sampleSize) return;
    // Every second one goes.
    this.sampleStep *= 2;
    this.sample = this.sample.filter(({ row }) => row % this.sampleStep === 0);
  }
}

function flipOf(value: Json | undefined, target: boolean): number {
  if (typeof value !== "boolean") return FLIP.unknown;
  return value === target ? FLIP.succeeded : FLIP.failed;
}

/** The same of plain lines' flags, 2 for an absent one; `flipped` is 1 where a text should have the other W than its original. */
function plainFlips(flags: Uint8Array, treated: Uint8Array, flipped: 0 | 1): Uint8Array {
  const flips = new Uint8Array(flags.length).fill(FLIP.unknown);
  for (let row = 0; row < flags.length; row += 1) {
    const flag = flags[row]!;
    if (flag < 2) flips[row] = flag === (treated[row]! ^ flipped) ? FLIP.succeeded : FLIP.failed;
  }
  return flips;
}

/** A field's value, by its own name or else by the path that its dots describe. */
export function valueAt(record: Readonly<Record<string, Json>>, field: string): Json | undefined {
  if (field in record) return record[field];
  let value: Json | undefined = record as Json;
  for (const step of field.split(".")) value = isObject(value) ? value[step] : undefined;
  return value;
}
