const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Strings shorter than this are walked byte by byte; longer ones are searched natively. */
const SHORT = 24;

export interface Member {
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Names to look for in an object, and where their values have been found. */
class Wanted {
  /** Start and end of the i-th name's value at 2i and 2i + 1; start is −1 for an absent one. */
  readonly spans: Int32Array;
  readonly names: readonly Buffer[];

  constructor(names: readonly string[]) {
    this.names = names.map((name) => Buffer.from(name, "utf8"));
    this.spans = new Int32Array(2 * names.length);
  }
}

/**
 * Finds the values of some fields of a JSON object given as UTF-8 bytes, and of some fields of one object in it, without decoding the rest: texts
 * are skipped by looking for their closing quote alone. Only fields of the object itself count, wherever a text or an inner object
 * mentions them.
 */
export class FieldScanner {
  private readonly outer: Wanted;
  private readonly inner: Wanted;
  private bytes: Buffer = Buffer.alloc(0);
  private end = 0;

  /** Looks for `fields`, and for `innerFields` in the value of the field number `innerOf`. */
  constructor(
    fields: readonly string[],
    private readonly innerOf: number,
    innerFields: readonly string[],
  ) {
    this.outer = new Wanted(fields);
    this.inner = new Wanted(innerFields);
  }

  /** Start and end of each field's value at 2i and 2i + 1 after a scan; start is −1 for an absent one. */
  get spans(): Int32Array {
    return this.outer.spans;
  }

  /** The same for the inner fields; all absent when the field that should hold them is no object. */
  get innerSpans(): Int32Array {
    return this.inner.spans;
  }

  /**
   * Scans the object that fills [start, end). False when the bytes are not one whole object; then only a real parse can say what is
   * wrong. What is skipped is not checked beyond its structure.
   */
  scan(bytes: Buffer, start: number, end: number): boolean {
    this.bytes = bytes;
    this.end = end;
    this.inner.spans.fill(-1);
    const first = this.space(start);
    if (bytes[first] !== OPEN_BRACE) return false;
    const after = this.object(first, this.outer);
    return after >= 0 && this.space(after) === end;
  }

  /**
   * The first key and value of the members that begin at `from`, inside an object: spans, and the position after the value. Null when the bytes up to
   * `end` do not hold them whole.
   */
  static member(bytes: Buffer, from: number, end: number): Member | null {
    const scanner = new FieldScanner([], -1, []);
    scanner.bytes = bytes;
    scanner.end = end;
    const keyStart = scanner.space(from);
    if (keyStart >= end || bytes[keyStart] !== QUOTE) return null;
    const closing = scanner.string(keyStart);
    const colon = closing < 0 ? end : scanner.space(closing + 1);
    if (colon >= end || bytes[colon] !== COLON) return null;
    const valueStart = scanner.space(colon + 1);
    const valueEnd = scanner.value(valueStart);
    return valueEnd < 0 ? null : { keyStart, keyEnd: closing + 1, valueStart, valueEnd };
  }

  /** The value that begins at `from` in a list; null when the bytes up to `end` do not hold it whole, or the list ends. */
  static element(bytes: Buffer, from: number, end: number): Pick<Member, "valueStart" | "valueEnd"> | null {
    const scanner = new FieldScanner([], -1, []);
    scanner.bytes = bytes;
    scanner.end = end;
    const valueStart = scanner.space(from);
    const valueEnd = scanner.value(valueStart);
    return valueEnd < 0 ? null : { valueStart, valueEnd };
  }

  /** Walks the object that opens at `from`; the position after it, −1 when it is broken. */
  private object(from: number, wanted: Wanted): number {
    const { bytes, end } = this;
    const { spans } = wanted;
    spans.fill(-1);
    let at = this.space(from + 1);
    if (bytes[at] === CLOSE_BRACE) return at + 1;
    for (;;) {
      if (at >= end || bytes[at] !== QUOTE) return -1;
      const closing = this.string(at);
      if (closing < 0) return -1;
      const field = this.fieldOf(at + 1, closing, wanted.names);
      at = this.space(closing + 1);
      if (bytes[at] !== COLON) return -1;
      const valueStart = this.space(at + 1);
      const isInner = wanted === this.outer && field === this.innerOf && bytes[valueStart] === OPEN_BRACE;
      const valueEnd = isInner ? this.object(valueStart, this.inner) : this.value(valueStart);
      if (valueEnd < 0) return -1;
      if (field >= 0) {
        spans[2 * field] = valueStart;
        spans[2 * field + 1] = valueEnd;
      }
      at = this.space(valueEnd);
      if (at >= end) return -1;
      if (bytes[at] === CLOSE_BRACE) return at + 1;
      if (bytes[at] !== COMMA) return -1;
      at = this.space(at + 1);
    }
  }

  /** The position after spaces. */
  private space(from: number): number {
    let at = from;
    while (at < this.end) {
      const byte = this.bytes[at]!;
      if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09 && byte !== 0x0a) break;
      at += 1;
    }
    return at;
  }

  /** The closing quote of the string that opens at `from`; −1 when there is none. */
  private string(from: number): number {
    const { bytes, end } = this;
    let at = from + 1;
    const near = Math.min(end, at + SHORT);
    while (at < near) {
      const byte = bytes[at]!;
      if (byte === QUOTE) return at;
      at += byte === BACKSLASH ? 2 : 1;
    }
    for (;;) {
      const found = bytes.indexOf(QUOTE, at);
      if (found < 0 || found >= end) return -1;
      let slashes = 0;
      while (bytes[found - 1 - slashes] === BACKSLASH) slashes += 1;
      if (slashes % 2 === 0) return found;
      at = found + 1;
    }
  }

  /** The position after the value that begins at `from`; −1 when it is cut off or none. */
  private value(from: number): number {
    const { bytes, end } = this;
    if (from >= end) return -1;
    const first = bytes[from]!;
    if (first === QUOTE) {
      const closing = this.string(from);
      return closing < 0 ? -1 : closing + 1;
    }
    if (first === OPEN_BRACE || first === OPEN_BRACKET) return this.nested(from);
    let at = from;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= 0x20) break;
      at += 1;
    }
    return at === from ? -1 : at;
  }

  private nested(from: number): number {
    const { bytes, end } = this;
    let depth = 0;
    let at = from;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        at = this.string(at);
        if (at < 0) return -1;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth -= 1;
        if (depth === 0) return at + 1;
      }
      at += 1;
    }
    return -1;
  }

  /** Which field the key in [start, end) is, −1 for none; a key with escapes is decoded first. */
  private fieldOf(start: number, end: number, names: readonly Buffer[]): number {
    const { bytes } = this;
    const size = end - start;
    for (let at = start; at < end; at += 1) {
      if (bytes[at] === BACKSLASH) return this.decodedFieldOf(start, end, names);
    }
    for (let index = 0; index < names.length; index += 1) {
      const name = names[index]!;
      if (name.length !== size) continue;
      let same = 0;
      while (same < size && name[same] === bytes[start + same]) same += 1;
      if (same === size) return index;
    }
    return -1;
  }

  private decodedFieldOf(start: number, end: number, names: readonly Buffer[]): number {
    try {
      const key = Buffer.from(JSON.parse(this.bytes.toString("utf8", start - 1, end + 1)), "utf8");
      return names.findIndex((name) => name.equals(key));
    } catch {
      return -1;
    }
  }
}
