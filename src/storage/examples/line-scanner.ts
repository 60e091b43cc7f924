import code from "./lines-wasm.js";

/**
 * What a scan ended with: a line that is not well formed (only a real parse can say why), one that is an object, a blank one; columns that are full; or no
 * more lines.
 */
export const FOUND = { broken: 0, object: 1, blank: 2, full: 3, nothing: -1 } as const;

/** Lines whose values the columns hold. */
const MOST_LINES = 1024;
/** Vectors are loaded past the last byte. */
const SLACK = 64;
const PAGE = 1 << 16;
/** Numbers with fewer decimals are decoded while scanning; the same in `assembly/lines.ts`. */
const DECIMALS = 28;
/** Names that can be watched for, half of the places for their hashes. */
const NAME_SLOTS = 2048;
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
    record: number,
  ): void;
  scan(start: number, stop: number, until: number, last: boolean, most: number): number;
  kept(): number;
  clear(): void;
  position(): number;
  watch(table: number, size: number): void;
  fresh(): number;
  freshLength(): number;
  learn(): void;
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

/** The values of successive plain lines, in the scanner's memory: they hold until it is cleared. */
export interface PlainLines {
  readonly count: number;
  /** Bytes of all texts, and where each line's ends. */
  readonly texts: Uint8Array;
  readonly ends: Int32Array;
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
 * The values of plain lines gather in columns, whichever reads of the file they come from; any other line ends a scan, and can be asked about until the next.
 *
 * Memory: reciprocals of powers of ten, wanted names, columns, the record of a line, hashes of other names, then the bytes of the file.
 */
export class LineScanner {
  /** The memory; the bytes of the file go to `start` and behind. */
  bytes: Buffer = Buffer.alloc(0);
  readonly start: number;
  private readonly wasm = new WebAssembly.Instance(new WebAssembly.Module(code))
    .exports as unknown as Exports;
  private words = new Int32Array(0);
  private doubles = new Float64Array(0);
  private readonly record: number;
  private readonly columns: number;
  private readonly names: number;
  private learnt = 0;
  private readonly plain: WantedFields["plain"];
  /** Where the inner fields begin in a record, in doubles. */
  private readonly innerAt: number;

  constructor({ outer, inner, innerOf, plain }: WantedFields, room: number) {
    const names = [...outer, ...inner].map((name) => Buffer.from(name, "utf8"));
    this.innerAt = 1 + outer.length;
    const reciprocalsAt = aligned(this.wasm.free());
    const namesAt = reciprocalsAt + 12 * DECIMALS;
    let at = namesAt + 8 * names.length;
    this.plain = plain;
    this.columns = aligned(names.reduce((sum, name) => sum + name.length, at) + SLACK);
    const columnsWidth = 8 * plain.inner + 8 + plain.flags + LONGEST_TEXT;
    this.record = this.columns + MOST_LINES * columnsWidth;
    this.names = this.record + 8 * (this.innerAt + 2 * inner.length);
    this.start = this.names + 8 * NAME_SLOTS;
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
      this.record,
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
   * Scans lines that begin in [from, until) of the memory, where the file's bytes end at `to`; a line that has no end there counts when `last` is set. Plain
   * lines are kept until there are `most` of them. Returns one of `FOUND`.
   */
  scan(from: number, to: number, until: number, last: boolean, most: number): number {
    return this.wasm.scan(from, to, until, last, Math.min(most, MOST_LINES));
  }

  /** How many plain lines are kept. */
  get kept(): number {
    return this.wasm.kept();
  }

  /** Forgets the plain lines. */
  clear(): void {
    this.wasm.clear();
  }

  /** The values of the plain lines that are kept. */
  plainLines(): PlainLines {
    const { kept } = this;
    const { buffer } = this.bytes;
    const { flags, inner } = this.plain;
    const endsAt = this.columns + 8 * MOST_LINES * inner;
    const hashesAt = endsAt + 4 * MOST_LINES;
    const flagsAt = hashesAt + 4 * MOST_LINES;
    const ends = new Int32Array(buffer, endsAt, kept);
    return {
      count: kept,
      texts: new Uint8Array(buffer, flagsAt + MOST_LINES * flags, ends[kept - 1] ?? 0),
      ends,
      hashes: new Int32Array(buffer, hashesAt, kept),
      flags: Array.from(
        { length: flags },
        (_, flag) => new Uint8Array(buffer, flagsAt + MOST_LINES * flag, kept),
      ),
      numbers: Array.from(
        { length: inner },
        (_, field) => new Float64Array(buffer, this.columns + 8 * MOST_LINES * field, kept),
      ),
    };
  }

  /**
   * From now on a line ends the scan, too, that has a field besides the wanted ones which may hold rewards (an object with a rewrite's key in it, or a number),
   * the first time that it comes: see `freshName`.
   */
  watchNames(): void {
    this.wasm.watch(this.names, NAME_SLOTS);
  }

  /** The first such field of the line that ended the last scan, which is known from now on; null where all are known. */
  freshName(): string | null {
    const start = this.wasm.fresh();
    if (start < 0) return null;
    // Of names without number, those beyond stay new.
    if (this.learnt < NAME_SLOTS / 2) this.wasm.learn();
    this.learnt += 1;
    return this.bytes.toString("utf8", start, start + this.wasm.freshLength());
  }

  /** The position after the last scanned line. */
  get position(): number {
    return this.wasm.position();
  }

  get lineStart(): number {
    return this.word(0);
  }

  /** The position of the line's end, its line feed left out. */
  get lineEnd(): number {
    return this.word(1);
  }

  /** Where a field's value starts; −1 for an absent field. */
  valueStart(field: number): number {
    return this.word(2 + 2 * field);
  }

  valueEnd(field: number): number {
    return this.word(3 + 2 * field);
  }

  /** The same for the inner fields; all are absent when the field that should hold them is no object. */
  innerStart(field: number): number {
    return this.word(2 * this.innerAt + 4 * field);
  }

  innerEnd(field: number): number {
    return this.word(2 * this.innerAt + 4 * field + 1);
  }

  /** The number that an inner field is; NaN when it is none, or one that wants a real parse. */
  innerNumber(field: number): number {
    return this.doubles[this.record / 8 + this.innerAt + 2 * field + 1]!;
  }

  private word(place: number): number {
    return this.words[this.record / 4 + place]!;
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
