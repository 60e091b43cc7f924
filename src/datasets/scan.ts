import { closeSync, openSync, readSync } from "node:fs";
import { inputError } from "../domain/errors.js";
import { type Json, TEXT_KEYS, TEXT_NAMES, type TextName } from "../domain/example.js";
import { FieldScanner } from "./fields.js";
import { parseLine } from "./lines.js";
import { RowCollector, type RowColumns, type RowFields, type ScoredQuery, valueAt } from "./scored-rows.js";
import { isObject } from "./stored.js";

/** A part of a JSONL file: the lines that begin in [start, end). */
export interface ScanJob {
  readonly path: string;
  readonly query: ScoredQuery & { readonly rewardKey: string };
  readonly start: number;
  readonly end: number;
}

const READ_SIZE = 1 << 20;
const NEWLINE = 10;

/** What went wrong in a part, with its line counted from the part's beginning. */
export class ScanFault extends Error {
  constructor(
    readonly line: number,
    /** The message with `{place}` where file and line belong. */
    readonly template: string,
  ) {
    super(template);
  }
}

/**
 * Reads the rows of a part of a file in constant memory for the texts. Line numbers count from 1 at the part's first line. Throws a
 * ScanFault on what is wrong.
 */
export function scanPart(job: ScanJob): RowColumns {
  const reader = new FieldReader(job.query);
  const collector = new RowCollector(job.query, () => PLACE);
  let line = 0;
  const addLine = (bytes: Buffer, from: number, to: number) => {
    const row = reader.read(bytes, from, to);
    try {
      collector.add(row, line);
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      collector.add(reader.parse(), line);
    }
  };
  const each = (bytes: Buffer, from: number, to: number) => {
    line += 1;
    if (isBlank(bytes, from, to)) return;
    try {
      addLine(bytes, from, to);
    } catch (cause) {
      throw new ScanFault(line, (cause as Error).message);
    }
  };
  forEachLine(job, each);
  return collector.columns(line);
}

/** Stands for file and line in messages until they are known. */
const PLACE = "{place}";

/** Where the fixed fields stand in the scanner's list. */
const FIELD = {
  id: 0,
  treated: 1,
  rewards: 2,
  firstFlip: 3,
  secondFlip: 4,
  failure: 5,
  completions: 6,
  truncated: 7,
} as const;

/**
 * The wanted fields of the line that was read last, each decoded when it is asked for: texts are not, where the line is well formed.
 * A SyntaxError from a field says that the line needs a real parse.
 */
class FieldReader implements RowFields {
  private readonly scanner: FieldScanner;
  private readonly places: { cluster: number; group: number; human: number };
  private bytes: Buffer = Buffer.alloc(0);
  private from = 0;
  private to = 0;

  constructor(private readonly query: ScanJob["query"]) {
    const fields = [
      "id",
      "w_original",
      query.rewardKey,
      "w_rewrite",
      "w_rewritten_rewrite",
      "rewrite_failure",
      "completions",
      "truncated_texts",
    ];
    const extra = (field: string | null | undefined) => (field == null ? -1 : fields.push(field) - 1);
    this.places = {
      cluster: extra(query.clusterBy),
      group: extra(query.groupBy),
      human: extra(query.humanKey),
    };
    const keys = { ...TEXT_KEYS, ...query.textKeys };
    this.scanner = new FieldScanner(fields, FIELD.rewards, [
      ...TEXT_NAMES.map((name) => keys[name]),
      "placebo",
    ]);
  }

  /** The fields of a line, as they stand or, where it is not well formed, from a real parse. */
  read(bytes: Buffer, from: number, to: number): RowFields {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    return this.scanner.scan(bytes, from, to) ? this : this.parse();
  }

  /** The same line by a real parse, which says what is wrong with it. */
  parse(): RowFields {
    return fieldsOf(this.object(), this.query);
  }

  get id() {
    return this.value(FIELD.id);
  }
  get treated() {
    return this.value(FIELD.treated);
  }
  get rewards() {
    const start = this.scanner.spans[2 * FIELD.rewards]!;
    return start >= 0 && this.bytes[start] === OPEN_BRACE ? OBJECT : this.value(FIELD.rewards);
  }
  get firstFlip() {
    return this.value(FIELD.firstFlip);
  }
  get secondFlip() {
    return this.value(FIELD.secondFlip);
  }
  get failure() {
    return this.value(FIELD.failure);
  }
  get truncated() {
    return this.value(FIELD.truncated);
  }
  get completions() {
    return this.value(FIELD.completions);
  }
  get cluster() {
    return this.nested(this.places.cluster, this.query.clusterBy);
  }
  get group() {
    return this.nested(this.places.group, this.query.groupBy);
  }
  get human() {
    return this.nested(this.places.human, this.query.humanKey);
  }

  reward(name: TextName): Json | undefined {
    return this.innerNumber(TEXT_NAMES.indexOf(name));
  }
  get placebo() {
    return this.innerNumber(TEXT_NAMES.length);
  }

  private innerNumber(field: number): Json | undefined {
    const place = 2 * field;
    const start = this.scanner.innerSpans[place]!;
    return start < 0 ? undefined : decodeNumber(this.bytes, start, this.scanner.innerSpans[place + 1]!);
  }

  private value(field: number): Json | undefined {
    const start = this.scanner.spans[2 * field]!;
    return start < 0 ? undefined : decode(this.bytes, start, this.scanner.spans[2 * field + 1]!);
  }

  /** A field that may be a path through inner objects, which is rare enough for a real parse. */
  private nested(place: number, field: string | null | undefined): Json | undefined {
    if (place < 0 || field == null) return undefined;
    const found = this.value(place);
    return found === undefined && field.includes(".") ? valueAt(this.object(), field) : found;
  }

  private object(): Record<string, Json> {
    const value = parseLine(this.bytes.toString("utf8", this.from, this.to), PLACE);
    if (isObject(value)) return value;
    throw inputError(
      `${PLACE}: expected an example (a JSON object), found ${JSON.stringify(value).slice(0, 60)}`,
    );
  }
}

/** The wanted fields of a parsed example. */
export function fieldsOf(record: Readonly<Record<string, Json>>, query: ScanJob["query"]): RowFields {
  const keys = { ...TEXT_KEYS, ...query.textKeys };
  const rewards = record[query.rewardKey];
  const at = (field: string | null | undefined) => (field == null ? undefined : valueAt(record, field));
  return {
    id: record.id,
    treated: record.w_original,
    rewards,
    reward: (name) => (isObject(rewards) ? rewards[keys[name]] : undefined),
    placebo: isObject(rewards) ? rewards.placebo : undefined,
    firstFlip: record.w_rewrite,
    secondFlip: record.w_rewritten_rewrite,
    failure: record.rewrite_failure,
    truncated: record.truncated_texts,
    completions: record.completions,
    cluster: at(query.clusterBy),
    group: at(query.groupBy),
    human: at(query.humanKey),
  };
}

/** Says that there is an object of rewards, without decoding it. */
const OBJECT: Json = {};
const OPEN_BRACE = 0x7b;
const TRUE = 0x74;
const FALSE = 0x66;

/** A value that the scanner has found. The commonest small ones are told by their first byte. Throws a SyntaxError on what is no JSON after all. */
function decode(bytes: Buffer, start: number, end: number): Json {
  if (end - start === 4 && bytes[start] === TRUE) return true;
  if (end - start === 5 && bytes[start] === FALSE) return false;
  if (bytes[start] === QUOTE) {
    let at = start + 1;
    while (at < end && bytes[at] !== BACKSLASH && bytes[at]! >= 0x20) at += 1;
    if (at === end) return bytes.toString("utf8", start + 1, end - 1);
  }
  return JSON.parse(bytes.toString("utf8", start, end));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

/** A number's value. Up to 15 digits and without an exponent it is one whole number by one power of ten, both exact, so the quotient is right. */
function decodeNumber(bytes: Buffer, start: number, end: number): Json {
  let at = bytes[start] === MINUS ? start + 1 : start;
  let digits = 0;
  let whole = 0;
  let decimals = -1;
  for (; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte === DOT && decimals < 0) decimals = 0;
    else if (byte >= ZERO && byte <= NINE && digits < 15) {
      whole = 10 * whole + (byte - ZERO);
      digits += 1;
      if (decimals >= 0) decimals += 1;
    } else return longNumber(bytes, start, end);
  }
  if (digits === 0) return decode(bytes, start, end);
  const value = decimals > 0 ? whole / POWERS[decimals]! : whole;
  return bytes[start] === MINUS ? -value : value;
}

/** A number of more digits or with an exponent; what is none is decoded as what it is. */
function longNumber(bytes: Buffer, start: number, end: number): Json {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!;
    const part =
      (byte >= ZERO && byte <= NINE) ||
      byte === DOT ||
      byte === MINUS ||
      byte === PLUS ||
      byte === 0x65 ||
      byte === 0x45;
    if (!part) return decode(bytes, start, end);
  }
  const value = Number(bytes.toString("latin1", start, end));
  return Number.isNaN(value) ? decode(bytes, start, end) : value;
}

const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

function forEachLine(
  { path, start, end }: ScanJob,
  each: (bytes: Buffer, from: number, to: number) => void,
): void {
  const file = openSync(path, "r");
  let buffer = Buffer.allocUnsafe(READ_SIZE);
  let held = 0;
  // A part begins after the first line end at or behind its start − 1: that line belongs to the part before.
  let position = start === 0 ? 0 : start - 1;
  let skipping = start > 0;
  let lineStart = position;
  try {
    for (;;) {
      if (held === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
      const read = readSync(file, buffer, held, buffer.length - held, position);
      position += read;
      const filled = held + read;
      let from =
        start === 0 && lineStart === 0 && held === 0 && buffer.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
      lineStart += from;
      for (let found = nextLine(buffer, from, filled); found >= 0; found = nextLine(buffer, from, filled)) {
        if (skipping) skipping = false;
        else if (lineStart >= end) return;
        else each(buffer, from, found);
        lineStart += found + 1 - from;
        from = found + 1;
      }
      if (read === 0) {
        if (from < filled && !skipping && lineStart < end) each(buffer, from, filled);
        return;
      }
      buffer.copyWithin(0, from, filled);
      held = filled - from;
    }
  } finally {
    closeSync(file);
  }
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

function nextLine(buffer: Buffer, from: number, filled: number): number {
  const found = buffer.indexOf(NEWLINE, from);
  return found >= filled ? -1 : found;
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (bytes[at]! > 0x20) return false;
  return true;
}
