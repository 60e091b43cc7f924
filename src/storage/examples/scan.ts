import { inputError, RateError } from "../../domain/errors.js";
import { type Json, PLACEBO_KEY, TEXT_KEYS, TEXT_NAMES, type TextName } from "../../domain/example.js";
import { parseJsonText } from "../readers/json-text.js";
import { isObject, show } from "../readers/json-value.js";
import { Shape } from "./layout.js";
import { FOUND, LineScanner } from "./line-scanner.js";
import { countLines, parseLine, tooLong } from "./lines.js";
import { forEachPiece, type Piece, READ_SIZE } from "./pieces.js";
import { fieldOf, type RawRecord, rewardKeysOf, valueAt } from "./record.js";
import {
  ROW_FIELDS,
  RowCollector,
  type RowColumns,
  type RowField,
  type RowFields,
  SAMPLE,
  type ScoredQuery,
} from "./scored-rows.js";

/** A JSONL file that is scanned in parts of so many bytes: part k holds the lines that begin in its k-th part. */
export interface ScanJob {
  readonly path: string;
  readonly query: ScoredQuery & { readonly rewardKey: string };
  readonly size: number;
  readonly partSize: number;
  /** Whether all reward keys of the file are to be found. */
  readonly allKeys: boolean;
  /** The number of the next part that no thread has taken, shared by all. */
  readonly next: Int32Array<SharedArrayBuffer>;
}

/** A part's rows, or what is wrong in it. */
export type ScannedPart = { readonly part: number } & (
  | { readonly columns: RowColumns; readonly keys: ReadonlySet<string> }
  | { readonly fault: { readonly line: number; readonly template: string } }
);

/**
 * Scans parts of a file, one after the other, for as long as there are any that no other thread has taken; in constant memory for the texts. After a fault
 * no further parts are taken, and all before it have been.
 */
export function scanParts(job: ScanJob): ScannedPart[] {
  const reader = new FieldReader(job.query, job.allKeys);
  const scanned: ScannedPart[] = [];
  const parts = partsOf(job);
  for (let part = take(job); part < parts; part = take(job)) {
    try {
      scanned.push({ part, columns: scanPart(job, part, reader), keys: reader.keys });
    } catch (cause) {
      if (!(cause instanceof ScanFault)) throw cause;
      Atomics.store(job.next, 0, parts);
      scanned.push({ part, fault: { line: cause.line, template: cause.template } });
    }
  }
  return scanned;
}

function partsOf({ size, partSize }: ScanJob): number {
  return size <= partSize ? 1 : Math.ceil(size / partSize);
}

function take({ next }: ScanJob): number {
  return Atomics.add(next, 0, 1);
}

/** What went wrong in a part, with its line counted from the part's beginning. */
class ScanFault extends Error {
  constructor(
    readonly line: number,
    /** The message with `{place}` where file and line belong. */
    readonly template: string,
  ) {
    super(template);
  }
}

/** The rows of a part. Line numbers count from 1 at its first line. Throws a ScanFault on what is wrong. */
function scanPart(job: ScanJob, part: number, reader: FieldReader): RowColumns {
  const collector = new RowCollector(job.query, () => PLACE, Math.ceil(SAMPLE / partsOf(job)));
  const { scanner } = reader;
  let number = 0;
  const keepPlain = () => {
    const { kept } = scanner;
    if (kept > 0) collector.addPlain(scanner.plainLines(), number + 1);
    scanner.clear();
    number += kept;
  };
  const read = ({ from, to, until, last }: Piece): number => {
    if (number === 0) collector.expect(linesIn(scanner.bytes.subarray(from, to), job));
    for (let at = from; ; at = scanner.position) {
      const most = reader.isWhole ? collector.beforeSampled : 0;
      const found = scanner.scan(at, to, until, last, most);
      if (found === FOUND.nothing) return scanner.position;
      keepPlain();
      if (found === FOUND.full) continue;
      number += 1;
      if (found !== FOUND.blank) reader.findKeys(found === FOUND.object);
      if (found !== FOUND.blank) addLine(reader, collector, found === FOUND.object, number);
    }
  };
  forEachPiece(
    { path: job.path, start: part * job.partSize, end: (part + 1) * job.partSize },
    scanner,
    read,
    () => new ScanFault(number + scanner.kept + 1, tooLong(`${PLACE}: has a line`).message),
  );
  keepPlain();
  return collector.columns(number);
}

/** About how many lines a part has, by those of its first piece. */
function linesIn(piece: Buffer, { size, partSize }: ScanJob): number {
  return (countLines(piece) * Math.min(size, partSize)) / piece.length;
}

function addLine(reader: FieldReader, collector: RowCollector, isObject: boolean, number: number): void {
  const parsed = () => {
    for (const row of reader.rows()) collector.add(row, number);
  };
  try {
    try {
      if (isObject && reader.isOwn) collector.add(reader, number);
      else parsed();
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      parsed();
    }
  } catch (cause) {
    if (!(cause instanceof RateError)) throw cause;
    throw new ScanFault(number, cause.message);
  }
}

/** Stands for file and line in messages until they are known. */
const PLACE = "{place}";

/** The scanner's list of fields: those that plain lines may have, the rewards among them, then the others. */
const [FIRST_FIELDS, LAST_FIELDS] = [ROW_FIELDS.slice(0, 4), ROW_FIELDS.slice(4)];
const REWARDS = FIRST_FIELDS.length;
const PLACES = Object.fromEntries(
  ROW_FIELDS.map((name, index) => [name, index < REWARDS ? index : index + 1]),
) as Record<RowField, number>;
/** The rewards' keys in the scanner's list. */
const REWRITE = TEXT_NAMES.indexOf("rewrite");
const REWRITE_OF_REWRITE = TEXT_NAMES.indexOf("rewriteOfRewrite");

/**
 * The wanted fields of the line that ended the last scan, each decoded when it is asked for: texts are not, where the line is well formed.
 * A SyntaxError from a field says that the line needs a real parse.
 */
class FieldReader implements RowFields {
  readonly scanner: LineScanner;
  private readonly shape: Shape;
  /** Fields that the query names, with their places. */
  private readonly asked: ReadonlyMap<string, number>;
  private readonly texts: Readonly<Record<TextName, string>>;
  private readonly rewardKeys: readonly string[];
  /** Whether a plain line has all that is asked for. */
  readonly isWhole: boolean;

  /** The reward keys that have been found. */
  readonly keys = new Set<string>();
  private readonly anyKey: Shape;

  constructor(
    private readonly query: ScanJob["query"],
    private readonly allKeys: boolean,
  ) {
    this.shape = new Shape(query);
    this.anyKey = new Shape({ ...query, rewardKey: null });
    const fields: string[] = [...FIRST_FIELDS, query.rewardKey, ...LAST_FIELDS];
    const extra = [query.clusterBy, query.groupBy, query.humanKey].filter((field) => field != null);
    this.asked = new Map(extra.map((field) => [field, fields.push(field) - 1]));
    this.texts = { ...TEXT_KEYS, ...query.textKeys };
    this.rewardKeys = [...TEXT_NAMES.map((name) => this.texts[name]), PLACEBO_KEY];
    const plain = { outer: PLACES.completions + 1, flags: REWARDS - 1, inner: TEXT_NAMES.length };
    this.scanner = new LineScanner(
      { outer: fields, inner: this.rewardKeys, innerOf: REWARDS, plain },
      READ_SIZE,
    );
    this.isWhole = extra.length === 0 && query.columns == null;
    if (allKeys) this.scanner.watchNames();
  }

  /** Adds the reward keys of the line, where all are wanted and the line has names that no line before had. */
  findKeys(isObject: boolean): void {
    if (!this.allKeys) return;
    const { scanner } = this;
    const isNew = isObject ? scanner.freshName() !== null : true;
    if (!isNew) return;
    for (const { record } of this.anyKey.expanded(this.object()))
      for (const key of rewardKeysOf(this.anyKey.canonical(record), this.texts)) this.keys.add(key);
  }

  /**
   * Whether the line is a record of our own files: then it can be read in place. One that has no rewards under the key, and no failed rewrite, may have them in columns; a
   * reward that is not there may have another spelling.
   */
  get isOwn(): boolean {
    const { scanner } = this;
    if (this.query.columns != null || scanner.valueStart(PLACES.w_original) < 0) return false;
    if (scanner.valueStart(REWARDS) < 0) return scanner.valueStart(PLACES.rewrite_failure) >= 0;
    return scanner.innerStart(REWRITE) >= 0 && scanner.innerStart(REWRITE_OF_REWRITE) >= 0;
  }

  /** The examples of the line by a real parse, which says what is wrong with it: one, or those that it holds by their ids. */
  rows(): RowFields[] {
    return this.shape
      .expanded(this.object())
      .map(({ id, record }) =>
        fieldsOf(this.shape.canonical(id === null ? record : { ...record, id }), this.query),
      );
  }

  field(name: RowField): Json | undefined {
    return this.value(PLACES[name]);
  }

  get rewards(): Json | undefined {
    const start = this.scanner.valueStart(REWARDS);
    return start >= 0 && this.scanner.bytes[start] === OPEN_BRACE ? OBJECT : this.value(REWARDS);
  }

  /** A field that may be a path through inner objects or a column of the data, which is rare enough for a real parse. */
  at(path: string): Json | undefined {
    const found = this.value(this.asked.get(path)!);
    return found === undefined ? valueAt(this.object(), path) : found;
  }

  reward(key: string): Json | undefined {
    const { scanner } = this;
    const field = this.rewardKeys.indexOf(key);
    const start = scanner.innerStart(field);
    if (start < 0) return undefined;
    const number = scanner.innerNumber(field);
    return Number.isNaN(number) ? decode(scanner.bytes, start, scanner.innerEnd(field)) : number;
  }

  private value(field: number): Json | undefined {
    const { scanner } = this;
    const start = scanner.valueStart(field);
    return start < 0 ? undefined : decode(scanner.bytes, start, scanner.valueEnd(field));
  }

  private object(): { [key: string]: Json } {
    const { scanner } = this;
    const value = parseLine(scanner.bytes.toString("utf8", scanner.lineStart, scanner.lineEnd), PLACE);
    if (isObject(value)) return value;
    throw inputError(`${PLACE}: expected an example (a JSON object), found ${show(value)}`);
  }
}

/** The wanted fields of a record in the shape of our own files. */
export function fieldsOf(record: RawRecord, query: ScanJob["query"]): RowFields {
  const rewards = fieldOf(record, query.rewardKey);
  return {
    field: (name) => fieldOf(record, name),
    at: (path) => valueAt(record, path),
    rewards,
    reward: (key) => (isObject(rewards) ? fieldOf(rewards, key) : undefined),
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
  return parseJsonText(bytes.toString("utf8", start, end));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
