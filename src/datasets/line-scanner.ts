import { readFileSync } from "node:fs";
import { built } from "../home/folders.js";

/** What a scanned line is: not well formed (only a real parse can say why), one object, blank, or an object whose values have been put into columns. */
export const LINE = { broken: 0, object: 1, blank: 2, plain: 3 } as const;

/** Lines that are scanned before their records are read. */
const MOST_LINES = 1024;
/** Vectors are loaded past the last byte. */
const SLACK = 64;
const PAGE = 1 << 16;
/** Numbers with fewer decimals are decoded while scanning; the same in `assembly/lines.ts`. */
const DECIMALS = 28;
/** Longer texts are left to be decoded; the same in `assembly/lines.ts`. */
const LONGEST_TEXT = 64;

/** The exports of `assembly/lines.ts`; addresses are byte offsets in its memory. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  free(): number;
  configure(
    names: number,
    outer: number,
    inner: number,
    holder: number,
    reciprocals: number,
    common: number,
    flags: number,
    numbers: number,
    columns: number,
    most: number,
  ): void;
  scan(start: number, stop: number, until: number, last: boolean, records: number): number;
  plainFrom(records: number, line: number, count: number): number;
  position(): number;
}

/** Fields of a line, and the fields of an object in one of them. */
export interface WantedFields {
  readonly outer: readonly string[];
  readonly inner: readonly string[];
  /** Which of the outer fields holds the inner ones. */
  readonly innerOf: number;
  /**
   * A line is plain when its first outer field is a short text without escapes, the next `flags` are true or false (all but the first of them may
   * be absent), none but the first `outer` is there, and of the inner ones exactly the first `inner`, as plain numbers.
   */
  readonly plain: { readonly outer: number; readonly flags: number; readonly inner: number };
}

/** The values of successive plain lines, in the scanner's memory: they hold until the next scan. */
export interface PlainLines {
  readonly count: number;
  /** Bytes of all texts, and where each line's ends. */
  readonly texts: Uint8Array;
  readonly ends: Int32Array;
  /** Where the texts begin, on the scale of `ends`. */
  readonly start: number;
  /** Of each text, as `hashOf` has it. */
  readonly hashes: Int32Array;
  /** By flag: 0 or 1 for false or true, 2 for an absent one. */
  readonly flags: readonly Uint8Array[];
  /** By inner field. */
  readonly numbers: readonly Float64Array[];
}

/**
 * Finds fields in the lines of a JSONL file, in place: texts are passed over by vectors and never decoded. Only fields of the line's object itself
 * count, wherever a text or an inner object mentions them; of equal ones the last. What is passed over is not checked beyond its
 * structure.
 *
 * Memory: reciprocals of powers of ten, names, columns and records of the last scan, then the bytes of the file.
 */
export class LineScanner {
  /** The memory; the bytes of the file go to `start` and behind. */
  bytes: Buffer = Buffer.alloc(0);
  readonly start: number;
  private readonly wasm = instantiate();
  private words = new Int32Array(0);
  private doubles = new Float64Array(0);
  private readonly records: number;
  private readonly columns: number;
  private readonly plain: WantedFields["plain"];
  /** Size of a record, and where its inner fields begin, in doubles. */
  private readonly width: number;
  private readonly innerAt: number;

  constructor({ outer, inner, innerOf, plain }: WantedFields, room: number) {
    const names = [...outer, ...inner].map((name) => Buffer.from(name, "utf8"));
    this.innerAt = Math.ceil((3 + 2 * outer.length) / 2);
    this.width = this.innerAt + 2 * inner.length;
    const reciprocalsAt = aligned(this.wasm.free());
    const namesAt = reciprocalsAt + 12 * DECIMALS;
    let at = namesAt + 8 * names.length;
    this.plain = plain;
    this.columns = aligned(names.reduce((sum, name) => sum + name.length, at) + SLACK);
    const columnsWidth = 8 * plain.inner + 8 + plain.flags + LONGEST_TEXT;
    this.records = this.columns + MOST_LINES * columnsWidth;
    this.start = this.records + 8 * this.width * MOST_LINES;
    this.reserve(room);
    names.forEach((name, index) => {
      this.words.set([at, name.length], namesAt / 4 + 2 * index);
      at += name.copy(this.bytes, at);
    });
    writeReciprocals(this.bytes, reciprocalsAt);
    this.wasm.configure(
      namesAt,
      outer.length,
      inner.length,
      innerOf,
      reciprocalsAt,
      plain.outer,
      plain.flags,
      plain.inner,
      this.columns,
      MOST_LINES,
    );
  }

  /** Makes room for so many bytes of the file; those that are there stay. */
  reserve(room: number): void {
    const { memory } = this.wasm;
    const missing = this.start + room + SLACK - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    this.bytes = Buffer.from(memory.buffer);
    this.words = new Int32Array(memory.buffer);
    this.doubles = new Float64Array(memory.buffer);
  }

  /**
   * Scans lines that begin in [from, until) of the memory, where the file's bytes end at `to`, as many as fit the records; a line that has no end there counts
   * when `last` is set. Returns how many there are; they can be asked about until the next scan.
   */
  scan(from: number, to: number, until: number, last: boolean): number {
    return this.wasm.scan(from, to, until, last, this.records);
  }

  /** How many plain lines there are from a line on, of `count` that were scanned last. */
  plainFrom(line: number, count: number): number {
    return this.wasm.plainFrom(this.records, line, count);
  }

  /** The values of plain lines. */
  plainLines(line: number, count: number): PlainLines {
    const { buffer } = this.bytes;
    const { flags, inner } = this.plain;
    const endsAt = this.columns + 8 * MOST_LINES * inner;
    const hashesAt = endsAt + 4 * MOST_LINES;
    const flagsAt = hashesAt + 4 * MOST_LINES;
    const ends = new Int32Array(buffer, endsAt + 4 * line, count);
    const start = line === 0 ? 0 : this.words[endsAt / 4 + line - 1]!;
    return {
      count,
      texts: new Uint8Array(buffer, flagsAt + MOST_LINES * flags + start, ends[count - 1]! - start),
      ends,
      start,
      hashes: new Int32Array(buffer, hashesAt + 4 * line, count),
      flags: Array.from(
        { length: flags },
        (_, flag) => new Uint8Array(buffer, flagsAt + MOST_LINES * flag + line, count),
      ),
      numbers: Array.from(
        { length: inner },
        (_, field) => new Float64Array(buffer, this.columns + 8 * (MOST_LINES * field + line), count),
      ),
    };
  }

  /** The position after the last scanned line. */
  get position(): number {
    return this.wasm.position();
  }

  /** A value of `LINE`. */
  state(line: number): number {
    return this.word(line, 0);
  }

  lineStart(line: number): number {
    return this.word(line, 1);
  }

  /** The position of the line's end, its line feed left out. */
  lineEnd(line: number): number {
    return this.word(line, 2);
  }

  /** Where a field's value starts; −1 for an absent field. */
  valueStart(line: number, field: number): number {
    return this.word(line, 3 + 2 * field);
  }

  valueEnd(line: number, field: number): number {
    return this.word(line, 4 + 2 * field);
  }

  /** The same for the inner fields; all are absent when the field that should hold them is no object. */
  innerStart(line: number, field: number): number {
    return this.word(line, 2 * this.innerAt + 4 * field);
  }

  innerEnd(line: number, field: number): number {
    return this.word(line, 2 * this.innerAt + 4 * field + 1);
  }

  /** The number that an inner field is; NaN when it is none, or one that wants a real parse. */
  innerNumber(line: number, field: number): number {
    return this.doubles[this.records / 8 + this.width * line + this.innerAt + 2 * field + 1]!;
  }

  private word(line: number, place: number): number {
    return this.words[this.records / 4 + 2 * this.width * line + place]!;
  }
}

function aligned(address: number): number {
  return 8 * Math.ceil(address / 8);
}

/** 1 / 10^k as 64 bits, rounded down, and behind them all the powers of two that they are too large by, less 63. */
function writeReciprocals(bytes: Buffer, at: number): void {
  for (let k = 1; k < DECIMALS; k += 1) {
    const power = 10n ** BigInt(k);
    const size = power.toString(2).length;
    bytes.writeBigUInt64LE((1n << BigInt(63 + size)) / power, at + 8 * k);
    bytes.writeInt32LE(size, at + 8 * DECIMALS + 4 * k);
  }
}

function instantiate(): Exports {
  const module = new WebAssembly.Module(readFileSync(built("datasets/lines.wasm")));
  return new WebAssembly.Instance(module).exports as unknown as Exports;
}
