import { isUtf8 } from "node:buffer";
import { open, stat } from "node:fs/promises";
import { inputError, type RateError } from "../../domain/errors.js";
import type { Json } from "../../domain/example.js";
import { parseJsonText } from "../readers/json-text.js";

/** Some whole lines of a file, and the number (from 1) of the first. */
export interface LineBlock {
  readonly bytes: Buffer;
  readonly firstLine: number;
}

const READ_SIZE = 1 << 20;
/** A longer line or value is refused: it could hardly be parsed, and is a file of another kind. */
export const LONGEST_LINE = 256 << 20;
const NEWLINE = 10;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * A file's bytes in blocks that end where lines end; `.gz` and `.zst` are unpacked on the way. Memory does not grow with the file,
 * only with its longest line. Throws when the file cannot be read or unpacked.
 */
export async function* lineBlocks(
  path: string,
  readSize = READ_SIZE,
  longest = LONGEST_LINE,
): AsyncIterable<LineBlock> {
  let rest: Buffer[] = [];
  let length = 0;
  let firstLine = 1;
  for await (const chunk of bytesOf(path, readSize)) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      rest.push(chunk);
      length += chunk.length;
      if (length > longest) throw tooLong(`${path}:${firstLine}: has a line`, longest);
      continue;
    }
    const whole = chunk.subarray(0, end);
    const bytes = rest.length > 0 ? Buffer.concat([...rest, whole]) : whole;
    rest = end < chunk.length ? [chunk.subarray(end)] : [];
    length = chunk.length - end;
    yield { bytes, firstLine };
    firstLine += countLines(bytes);
  }
  const last = Buffer.concat(rest);
  if (last.length > 0) yield { bytes: last, firstLine };
}

/** The error for a line or value that is longer than is read; `what` says where it stands and what it is. */
export function tooLong(what: string, longest = LONGEST_LINE): RateError {
  return inputError(
    `${what} of more than ${longest / 2 ** 20} MiB, which is too long to be read; is it a file of another kind?`,
  );
}

/** Bytes of a file that have not been read as values. */
export interface Unread {
  readonly bytes: Buffer;
  /** How many of them the reader has read by now. */
  read: number;
}

/**
 * A file's bytes for a reader that takes whole values off their beginning. A value that is not whole yet is shown again when there is twice as much of it, so
 * that the time does not grow with the square of its length.
 */
export async function* unreadOf(path: string, longest = LONGEST_LINE / 2): AsyncIterable<Unread> {
  let parts: Buffer[] = [];
  let [length, enough] = [0, 0];
  const show = () => ({ bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts), read: 0 });
  for await (const piece of bytesOf(path)) {
    parts.push(piece);
    length += piece.length;
    if (length < enough) continue;
    const unread = show();
    yield unread;
    if (unread.read === 0 && length > longest) throw tooLong(`${path}: has a value`, longest);
    parts = [unread.bytes.subarray(unread.read)];
    enough = unread.read === 0 ? Math.min(2 * length, longest) : 0;
    length -= unread.read;
  }
  yield show();
}

/** The lines of a block that are not blank, as text, each with its number. */
export function* linesOf({ bytes, firstLine }: LineBlock): Iterable<{ text: string; line: number }> {
  let line = firstLine;
  for (let start = 0; start < bytes.length; line += 1) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found < 0 ? bytes.length : found;
    const text = bytes.toString("utf8", start, end);
    if (text.trim() !== "") yield { text, line };
    start = end + 1;
  }
}

/** Every line of a JSONL file that is not blank, parsed. Throws with file and line when one is not JSON. */
export async function* jsonLines(path: string): AsyncIterable<{ value: Json; line: number }> {
  for await (const block of lineBlocks(path)) {
    requireUtf8(block, path);
    for (const { text, line } of linesOf(block)) yield { value: parseLine(text, `${path}:${line}`), line };
  }
}

/** Throws, with the line, where bytes are no UTF-8: decoding would quietly put other characters in their place. */
export function requireUtf8({ bytes, firstLine }: LineBlock, path: string): void {
  if (firstLine === 1 && isUtf16(bytes))
    throw inputError(`${path}:1: is not UTF-8 but seems to be UTF-16; convert the file to UTF-8`);
  if (isUtf8(bytes)) return;
  let line = firstLine;
  for (let start = 0; start < bytes.length; line += 1) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found < 0 ? bytes.length : found;
    if (!isUtf8(bytes.subarray(start, end)))
      throw inputError(`${path}:${line}: is not UTF-8; convert the file`);
    start = end + 1;
  }
}

/** Whether a file begins as one in UTF-16 does: with its mark, or with letters of which every second byte is 0. */
function isUtf16(bytes: Buffer): boolean {
  const mark = bytes.length > 1 ? bytes.readUInt16LE(0) : 0;
  return mark === 0xfeff || mark === 0xfffe || (bytes[0] === 0) !== (bytes[1] === 0);
}

/** A line as JSON; the error shows the place and what stands there. */
export function parseLine(text: string, place: string): Json {
  try {
    return parseJsonText(text);
  } catch (cause) {
    throw inputError(
      `${place}: is not JSON (${(cause as Error).message}); the line begins ${JSON.stringify(text.slice(0, 60))}`,
      cause,
    );
  }
}

/** A file's bytes, unpacked, without a byte order mark, in pieces as they come. Throws when the file cannot be read. */
export async function* bytesOf(path: string, readSize = READ_SIZE): AsyncIterable<Buffer> {
  let start: Buffer | null = Buffer.alloc(0);
  for await (const piece of unpacked(path, readSize)) {
    if (start === null) yield piece;
    else {
      start = Buffer.concat([start, piece]);
      if (start.length < BYTE_ORDER_MARK.length) continue;
      yield withoutMark(start);
      start = null;
    }
  }
  if (start !== null && start.length > 0) yield start;
}

function withoutMark(bytes: Buffer): Buffer {
  const { length } = BYTE_ORDER_MARK;
  return bytes.subarray(0, length).equals(BYTE_ORDER_MARK) ? bytes.subarray(length) : bytes;
}

async function* unpacked(path: string, readSize: number): AsyncIterable<Buffer> {
  const found = await stat(path).catch((cause) => {
    throw inputError(
      cause.code === "ENOENT"
        ? `${path}: there is no such file`
        : `${path}: cannot be read (${cause.message})`,
      cause,
    );
  });
  if (found.isDirectory()) throw inputError(`${path}: is a folder; a file was expected`);
  const raw = read(path, readSize, found.isFile() && found.size > 0 ? found.size : Number.POSITIVE_INFINITY);
  try {
    if (/\.zst$/i.test(path)) yield* unpackZstd(raw);
    else if (/\.gz$/i.test(path)) yield* await unzipped(raw);
    else yield* raw;
  } catch (cause) {
    throw inputError(`${path}: cannot be read (${(cause as Error).message})`, cause);
  }
}

/** Without a stream, which would take longer to begin than most first reads. What is appended while the file is read is left out. */
async function* read(path: string, size: number, length: number): AsyncIterable<Buffer> {
  const file = await open(path);
  try {
    for (let left = length; left > 0; ) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(Math.min(size, left)));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      left -= bytesRead;
    }
  } finally {
    await file.close();
  }
}

async function unzipped(raw: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const [{ pipeline }, { createGunzip }] = await Promise.all([import("node:stream"), import("node:zlib")]);
  return pipeline(raw, createGunzip(), () => undefined);
}

async function* unpackZstd(raw: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const { Decompress } = await import("fzstd");
  let ready: Uint8Array[] = [];
  const decompress = new Decompress((chunk) => ready.push(chunk));
  for await (const chunk of raw) {
    decompress.push(chunk);
    yield* ready.map((part) => Buffer.from(part));
    ready = [];
  }
  decompress.push(new Uint8Array(0), true);
  yield* ready.map((part) => Buffer.from(part));
}

/** Line ends in some bytes. */
export function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
