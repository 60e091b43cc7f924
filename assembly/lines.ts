/**
 * Scans JSONL for a few fields without decoding the rest: sixteen bytes at a time within texts, and never beyond the structure. WebAssembly,
 * because JavaScript has no vector instructions; compiled by `make setup`, called by `src/storage/examples/line-scanner.ts`, which
 * also says how memory is laid out.
 */

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;
const COMMA: u8 = 0x2c;
const COLON: u8 = 0x3a;
const OPEN_BRACE: u8 = 0x7b;
const CLOSE_BRACE: u8 = 0x7d;
const OPEN_BRACKET: u8 = 0x5b;
const CLOSE_BRACKET: u8 = 0x5d;
const NEWLINE: u8 = 0x0a;
const MINUS: u8 = 0x2d;
const DOT: u8 = 0x2e;
const ZERO: u8 = 0x30;
const SPACE: u8 = 0x20;

/** What a position is called that does not exist. */
const NONE: i32 = -1;
/** What a scan ended with; the same in `src/storage/examples/line-scanner.ts`. */
const BROKEN: i32 = 0;
const WELL_FORMED: i32 = 1;
const BLANK: i32 = 2;
const FULL: i32 = 3;

/** A flag that is not there. */
const ABSENT: i32 = 2;
/** Four letters of true and false as a number. */
const TRUE: u32 = 0x65757274;
const FALS: u32 = 0x736c6166;
const E: u8 = 0x65;
/** A longer text is left to be decoded; the same in `src/storage/examples/line-scanner.ts`. */
const LONGEST_TEXT: i32 = 64;

// Names: pairs of address and length; first those of the object itself, then those of the inner object.
let names: i32 = 0;
let outerCount: i32 = 0;
let innerCount: i32 = 0;
let innerOf: i32 = NONE;
let commonCount: i32 = 0;
let plainNumbers: i32 = 0;
let flagCount: i32 = 0;
/** Columns of the plain lines, see `configure`, and how much is in them. */
let columns: i32 = 0;
let mostLines: i32 = 0;
let lines: i32 = 0;
let textSize: i32 = 0;

/** Nothing is looked for behind it: the end of what may be read, then of the line. */
let end: i32 = 0;
/** Where the record of the line goes. */
let record: i32 = 0;
let innerAt: i32 = 0;
let consumed: i32 = 0;
/** Where 1 / 10^k stands, as 64 bits and the power of two by which they are too large less 63. */
let reciprocals: i32 = 0;

/** Names that need no second look: hashes of 64 bits with open addressing, 0 is free. See `watch`. */
let known: i32 = 0;
let slots: i32 = 0;
/** The first name of the line that is not known, and its hash; NONE where all are. */
let freshAt: i32 = NONE;
let freshSize: i32 = 0;
let freshHash: u64 = 0;
/** `"rewrit` as the low 7 bytes of a number: what the keys of both rewrites begin with. */
const REWRITE: u64 = 0x74697277657222;
const SEVEN_BYTES: u64 = 0xffffffffffffff;

/** The first address that is free for the caller. */
export function free(): i32 {
  return <i32>__heap_base;
}

/**
 * `table` has address and length of each name, `powers` the reciprocals, and `holder` is the outer field that the inner ones are in.
 *
 * A line is plain when it has no outer fields but the first `common`, of which the first is a short text without escapes, and the next `flags` true or
 * false (or, but for the first of them, absent), and of the inner fields the first `plain` alone, which are plain numbers. Those values go to columns at `address`, with
 * room for `most` lines: the numbers, field by field, as doubles; where the texts end, 32 bits each, from the first text on; their hashes,
 * likewise; the flags, field by field, a byte each, 2 for an absent one; then the texts. The record of any other line goes to `place`.
 */
export function configure(
  table: i32,
  outer: i32,
  inner: i32,
  holder: i32,
  powers: i32,
  common: i32,
  flags: i32,
  plain: i32,
  address: i32,
  most: i32,
  place: i32,
): void {
  names = table;
  outerCount = outer;
  innerCount = inner;
  innerOf = holder;
  reciprocals = powers;
  commonCount = common;
  flagCount = flags;
  plainNumbers = plain;
  columns = address;
  mostLines = most;
  record = place;
  innerAt = (8 + 8 * outer + 7) & ~7;
}

/**
 * Watches for fields that are not wanted and may hold rewards: objects with a rewrite's key in them, and numbers, as text or not. `table` has room for `size` hashes, a power of two,
 * and is empty; the first line of each such name is not plain.
 */
export function watch(table: i32, size: i32): void {
  known = table;
  slots = size;
}

/** Where the last line's first name stands that is not known; −1 where there is none. */
export function fresh(): i32 {
  return freshAt;
}

export function freshLength(): i32 {
  return freshSize;
}

/** Makes that name known. */
export function learn(): void {
  store<u64>(slotOf(freshHash), freshHash);
}

/** The address at which a hash stands, or is to be put. */
function slotOf(hash: u64): i32 {
  let slot = <i32>(hash & <u64>(slots - 1));
  while (true) {
    const found = load<u64>(known + 8 * slot);
    if (found === 0 || found === hash) return known + 8 * slot;
    slot = (slot + 1) & (slots - 1);
  }
}

/** Looks at a field that is not wanted, its value at [value, after). */
function look(start: i32, size: i32, value: i32, after: i32): void {
  const isObject = load<u8>(value) === OPEN_BRACE;
  if (isObject ? !holdsRewrite(value, after) : !mayBeNumber(value)) return;
  // FNV-1a.
  let hash: u64 = 14695981039346656037;
  for (let at = start; at < start + size; at += 1) hash = (hash ^ <u64>load<u8>(at)) * 1099511628211;
  if (isObject) hash = (hash ^ 1) * 1099511628211;
  if (hash === 0) hash = 1;
  if (load<u64>(slotOf(hash)) === hash || freshAt !== NONE) return;
  freshAt = start;
  freshSize = size;
  freshHash = hash;
}

/** A number, NaN or Infinity, or a text that begins like one. */
function mayBeNumber(value: i32): bool {
  const first = load<u8>(value);
  const byte = first === QUOTE ? load<u8>(value, 1) : first;
  if (byte === MINUS || byte === DOT || byte - ZERO <= 9) return true;
  return first !== QUOTE && (byte === 0x4e || byte === 0x49);
}

/** Whether an object has a key (or text) that begins like those of the rewrites. */
function holdsRewrite(value: i32, after: i32): bool {
  for (let at = value; at < after; at += 16) {
    let found = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(QUOTE)));
    while (found !== 0) {
      const quote = at + ctz(found);
      if (quote >= after) return false;
      if ((load<u64>(quote) & SEVEN_BYTES) === REWRITE) return true;
      found &= found - 1;
    }
  }
  return false;
}

/** The position after the last line that was scanned. */
export function position(): i32 {
  return consumed;
}

/** How many plain lines are in the columns. */
export function kept(): i32 {
  return lines;
}

/** Empties the columns. */
export function clear(): void {
  lines = 0;
  textSize = 0;
}

/**
 * Scans the lines that begin in [start, until) and puts the plain ones into the columns, until those hold `most`, which is FULL, or one comes that is not
 * plain, whose state is returned and whose record is written; with `most` 0 that is every line. NONE when there are no more. Lines end before `stop`; one
 * that has no end there counts when `last` is set.
 *
 * A record: start and end of the line, then start and end of each outer field's value, 32 bits each; then, from the next multiple of 8 on, start and end of
 * each inner field's value and the number it is, as a double, NaN for no plain number. Absent fields start at −1.
 */
export function scan(start: i32, stop: i32, until: i32, last: bool, most: i32): i32 {
  consumed = start;
  while (consumed < until) {
    end = stop;
    freshAt = NONE;
    const state = stateOf(consumed, last);
    if (state === BROKEN) {
      end = newline(consumed, stop);
      if (end === NONE) {
        if (!last) return NONE;
        end = stop;
      }
    }
    const begin = consumed;
    consumed = end < stop ? end + 1 : stop;
    if (state === WELL_FORMED && freshAt === NONE && lines < most && keepPlain()) {
      if (lines === most) return FULL;
      continue;
    }
    store<i32>(record, begin);
    store<i32>(record, end, 4);
    return state;
  }
  return NONE;
}

/** Scans the line from `start` to its line feed, which becomes `end`. Broken is also a line that has no end before `end`, unless it is the `last`. */
function stateOf(start: i32, last: bool): i32 {
  let at = start;
  while (at < end && load<u8>(at) <= SPACE && load<u8>(at) !== NEWLINE) at += 1;
  let state = BLANK;
  if (is(at, OPEN_BRACE)) {
    at = object(at, names, outerCount, record + 8, true);
    if (at === NONE) return BROKEN;
    at = space(at);
    state = WELL_FORMED;
  }
  if (!is(at, NEWLINE) && !(last && at === end)) return BROKEN;
  end = at;
  return state;
}

/** Puts the values of a plain line into their columns; false where it is none. */
function keepPlain(): bool {
  for (let field = commonCount; field < outerCount; field += 1)
    if (load<i32>(record + 8 + 8 * field) !== NONE) return false;
  for (let field = plainNumbers; field < innerCount; field += 1)
    if (load<i32>(record + innerAt + 16 * field) !== NONE) return false;
  for (let field = 0; field < plainNumbers; field += 1) {
    const inner = record + innerAt + 16 * field;
    const number = load<f64>(inner, 8);
    if (load<i32>(inner) === NONE || !(abs(number) <= f64.MAX_VALUE)) return false;
    store<f64>(columns + 8 * (mostLines * field + lines), number);
  }
  const ends = columns + 8 * mostLines * plainNumbers;
  const hashes = ends + 4 * mostLines;
  const flags = hashes + 4 * mostLines;
  for (let field = 0; field < flagCount; field += 1) {
    const flag = flagOf(record + 16 + 8 * field);
    if (flag === NONE || (flag === ABSENT && field === 0)) return false;
    store<u8>(flags + mostLines * field + lines, flag);
  }
  if (!keepText(flags + mostLines * flagCount, hashes + 4 * lines)) return false;
  store<i32>(ends + 4 * lines, textSize);
  lines += 1;
  return true;
}

/** 0 or 1 for false or true; NONE for anything else. */
function flagOf(span: i32): i32 {
  const start = load<i32>(span);
  if (start === NONE) return ABSENT;
  const size = load<i32>(span, 4) - start;
  if (size === 4 && load<u32>(start) === TRUE) return 1;
  return size === 5 && load<u32>(start) === FALS && load<u8>(start, 4) === E ? 0 : NONE;
}

/** Adds the first field to the texts, which begin at `texts`, when it is a short text that stands for itself; its hash goes to `hash`. */
function keepText(texts: i32, hash: i32): bool {
  const start = load<i32>(record, 8);
  const size = load<i32>(record, 12) - start - 2;
  if (start === NONE || load<u8>(start) !== QUOTE || size > LONGEST_TEXT) return false;
  if (hasEscape(start + 1, start + 1 + size)) return false;
  // FNV-1a, as in `src/storage/examples/ids.ts`.
  let value: u32 = 2166136261;
  for (let at = 0; at < size; at += 1) {
    const byte = load<u8>(start + 1 + at);
    store<u8>(texts + textSize + at, byte);
    value = (value ^ byte) * 16777619;
  }
  store<u32>(hash, value);
  textSize += size;
  return true;
}

/** Walks the object that opens at `from`; the position after it. */
function object(from: i32, wanted: i32, count: i32, spans: i32, outer: bool): i32 {
  const width = outer ? 8 : 16;
  for (let field = 0; field < count; field += 1) store<i32>(spans + field * width, NONE);
  if (outer) {
    for (let field = 0; field < innerCount; field += 1) store<i32>(record + innerAt + field * 16, NONE);
  }
  let at = space(from + 1);
  if (is(at, CLOSE_BRACE)) return at + 1;
  while (true) {
    if (!is(at, QUOTE)) return NONE;
    const closing = string(at);
    // A key with escapes is rare enough for a real parse of the line.
    if (closing === NONE || hasEscape(at + 1, closing)) return NONE;
    const name = at + 1;
    const size = closing - name;
    const field = fieldOf(name, size, wanted, count);
    at = space(closing + 1);
    if (!is(at, COLON)) return NONE;
    const value = space(at + 1);
    let after: i32;
    if (outer && field === innerOf && field !== NONE && is(value, OPEN_BRACE)) {
      after = object(value, names + 8 * outerCount, innerCount, record + innerAt, false);
    } else after = valueEnd(value);
    if (after === NONE) return NONE;
    if (field === NONE && outer && slots !== 0) look(name, size, value, after);
    if (field !== NONE) {
      const span = spans + field * width;
      store<i32>(span, value);
      store<i32>(span, after, 4);
      if (!outer) store<f64>(span, numberAt(value, after), 8);
    }
    at = space(after);
    if (is(at, CLOSE_BRACE)) return at + 1;
    if (!is(at, COMMA)) return NONE;
    at = space(at + 1);
  }
}

/** Whether a byte stands at `at`. */
function is(at: i32, byte: u8): bool {
  return at < end && load<u8>(at) === byte;
}

/** The position after spaces. */
function space(from: i32): i32 {
  let at = from;
  while (at < end) {
    const byte = load<u8>(at);
    if (byte !== SPACE && byte !== 0x0d && byte !== 0x09) break;
    at += 1;
  }
  return at;
}

/** The closing quote of the string that opens at `from`: the first one that no odd number of backslashes stands before. No string holds a control character. */
function string(from: i32): i32 {
  let at = from + 1;
  // Most keys end within one vector.
  let found: u64 = i8x16.bitmask(quotesAndControls(v128.load(at)));
  let width = 16;
  while (at < end) {
    while (found !== 0) {
      const place = at + <i32>ctz(found);
      if (place >= end || load<u8>(place) !== QUOTE) return NONE;
      if (load<u8>(place - 1) !== BACKSLASH || !isEscaped(place)) return place;
      found &= found - 1;
    }
    at += width;
    width = 64;
    found = quotesAndControlsFrom(at);
  }
  return NONE;
}

function quotesAndControls(bytes: v128): v128 {
  return v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.le_u(bytes, i8x16.splat(SPACE - 1)));
}

/** Where quotes and control characters stand among the 64 bytes from `at` on: bit i for byte i. */
function quotesAndControlsFrom(at: i32): u64 {
  const a = quotesAndControls(v128.load(at));
  const b = quotesAndControls(v128.load(at, 16));
  const c = quotesAndControls(v128.load(at, 32));
  const d = quotesAndControls(v128.load(at, 48));
  if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) return 0;
  return (
    <u64>i8x16.bitmask(a) |
    ((<u64>i8x16.bitmask(b)) << 16) |
    ((<u64>i8x16.bitmask(c)) << 32) |
    ((<u64>i8x16.bitmask(d)) << 48)
  );
}

function isEscaped(at: i32): bool {
  let before = at - 1;
  while (load<u8>(before) === BACKSLASH) before -= 1;
  return ((at - before) & 1) === 0;
}

function hasEscape(start: i32, stop: i32): bool {
  for (let at = start; at < stop; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(BACKSLASH)));
    if (found !== 0 && at + ctz(found) < stop) return true;
  }
  return false;
}

/** The position of the next line feed before `stop`. */
function newline(from: i32, stop: i32): i32 {
  for (let at = from; at < stop; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(NEWLINE)));
    if (found !== 0) {
      const feed = at + ctz(found);
      return feed < stop ? feed : NONE;
    }
  }
  return NONE;
}

/** The position after the value that begins at `from`. */
function valueEnd(from: i32): i32 {
  if (from >= end) return NONE;
  const first = load<u8>(from);
  if (first === QUOTE) {
    const closing = string(from);
    return closing === NONE ? NONE : closing + 1;
  }
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return nested(from);
  for (let at = from; at < end; at += 16) {
    const bytes = v128.load(at);
    const stops = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, i8x16.splat(COMMA)), i8x16.le_u(bytes, i8x16.splat(SPACE))),
        v128.or(i8x16.eq(bytes, i8x16.splat(CLOSE_BRACE)), i8x16.eq(bytes, i8x16.splat(CLOSE_BRACKET))),
      ),
    );
    if (stops === 0) continue;
    const stop = at + ctz(stops);
    return stop === from || stop > end ? NONE : stop;
  }
  return NONE;
}

/** The position after an object or list, by its brackets alone. */
function nested(from: i32): i32 {
  let depth = 0;
  let at = from;
  while (at < end) {
    const byte = load<u8>(at);
    if (byte === QUOTE) {
      at = string(at);
      if (at === NONE) return NONE;
    } else if (byte === NEWLINE) return NONE;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
    at += 1;
  }
  return NONE;
}

function fieldOf(start: i32, size: i32, wanted: i32, count: i32): i32 {
  for (let field = 0; field < count; field += 1) {
    const entry = wanted + 8 * field;
    if (load<i32>(entry, 4) !== size) continue;
    if (isSame(start, load<i32>(entry), size)) return field;
  }
  return NONE;
}

function isSame(a: i32, b: i32, size: i32): bool {
  for (let done = 0; done < size; done += 16) {
    const different = ~i8x16.bitmask(i8x16.eq(v128.load(a + done), v128.load(b + done))) & 0xffff;
    if (different !== 0 && done + ctz(different) < size) return false;
  }
  return true;
}

/**
 * The value of a plain decimal number of up to 19 significant digits, correctly rounded; NaN for anything else, and where the rounding is too close to
 * call.
 *
 * With w the digits as a whole number and k decimals, w / 10^k is w times a reciprocal of 64 bits that is too small by less than one unit. The upper half
 * of the product is then below the true one by less than 2, so the rounding to 53 bits is certain unless the bits that go lie within 2 of the
 * middle.
 */
function numberAt(start: i32, stop: i32): f64 {
  const negative = load<u8>(start) === MINUS;
  const first = negative ? start + 1 : start;
  let digits: u64 = 0;
  let point = NONE;
  for (let at = first; at < stop; at += 1) {
    const digit = load<u8>(at) - ZERO;
    if (digit <= 9) {
      if (digits >= TOO_LONG) return NaN;
      digits = 10 * digits + digit;
    } else if (load<u8>(at) === DOT && point === NONE) point = at;
    else return NaN;
  }
  const whole = point === NONE ? stop : point;
  const decimals = point === NONE ? 0 : stop - point - 1;
  const leadingZero = load<u8>(first) === ZERO && whole > first + 1;
  if (whole === first || leadingZero || (point !== NONE && decimals === 0) || decimals >= DECIMALS)
    return NaN;
  const value = decimals === 0 || digits === 0 ? <f64>digits : quotient(digits, decimals);
  return negative ? -value : value;
}

/** From here on another digit may not fit 64 bits. */
const TOO_LONG: u64 = 1000000000000000000;
/** Numbers with as many decimals, or more, are left to be decoded one by one. */
const DECIMALS: i32 = 28;

/** digits / 10^decimals, rounded to the nearest double; NaN where that is too close to call. */
function quotient(digits: u64, decimals: i32): f64 {
  const shift = <i32>clz(digits);
  const upper = upperHalf(digits << shift, load<u64>(reciprocals + 8 * decimals));
  const spare = upper >> 63 ? 11 : 10;
  const middle = (<u64>1) << (spare - 1);
  const rest = upper & (((<u64>1) << spare) - 1);
  if (rest === middle || rest + 1 === middle) return NaN;
  const mantissa = (upper >> spare) + u64(rest > middle);
  const exponent = 1 + spare - shift - load<i32>(reciprocals + 8 * DECIMALS + 4 * decimals);
  return <f64>mantissa * reinterpret<f64>((<u64>(1023 + exponent)) << 52);
}

/** The upper 64 bits of a product of 128. */
function upperHalf(a: u64, b: u64): u64 {
  const a1 = a >> 32;
  const a0 = a & 0xffffffff;
  const b1 = b >> 32;
  const b0 = b & 0xffffffff;
  const low = a0 * b0;
  const first = a1 * b0 + (low >> 32);
  const second = a0 * b1 + (first & 0xffffffff);
  return a1 * b1 + (first >> 32) + (second >> 32);
}
