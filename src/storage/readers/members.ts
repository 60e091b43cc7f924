const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Where a value stands in bytes of JSON. */
export interface ValueSpan {
  readonly valueStart: number;
  readonly valueEnd: number;
}

export interface MemberSpan extends ValueSpan {
  readonly keyStart: number;
  readonly keyEnd: number;
}

/**
 * The key and value of the object's member that begins at `from`, so that a large object need not be held whole. Null when the bytes do not hold them whole.
 */
export function memberAt(bytes: Buffer, from: number): MemberSpan | null {
  const keyStart = afterSpace(bytes, from);
  if (bytes[keyStart] !== QUOTE) return null;
  const closing = closingQuote(bytes, keyStart);
  if (closing < 0) return null;
  const colon = afterSpace(bytes, closing + 1);
  if (bytes[colon] !== COLON) return null;
  const value = elementAt(bytes, colon + 1);
  return value && { keyStart, keyEnd: closing + 1, ...value };
}

/** The value that begins at `from`; null when the bytes do not hold it whole, or the list ends. */
export function elementAt(bytes: Buffer, from: number): ValueSpan | null {
  const valueStart = afterSpace(bytes, from);
  const valueEnd = endOfValue(bytes, valueStart);
  return valueEnd < 0 ? null : { valueStart, valueEnd };
}

/** The position after spaces and commas, where the next member or element of a list begins. */
export function afterComma(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && (bytes[at]! <= 0x20 || bytes[at] === COMMA)) at += 1;
  return at;
}

/** The position after spaces. */
function afterSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at]! <= 0x20) at += 1;
  return at;
}

/** The position after the value that begins at `from`; −1 when it is cut off or none. */
function endOfValue(bytes: Buffer, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) {
    const closing = closingQuote(bytes, from);
    return closing < 0 ? -1 : closing + 1;
  }
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfNested(bytes, from);
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= 0x20)
      return at === from ? -1 : at;
  }
  return -1;
}

function endOfNested(bytes: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at = closingQuote(bytes, at);
      if (at < 0) return -1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

/** The closing quote of the string that opens at `from`: the next that no odd number of backslashes stands before; −1 when there is none. */
function closingQuote(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from + 1); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    let slashes = 0;
    while (bytes[at - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}
