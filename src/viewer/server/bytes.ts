import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import type { ShapeQuery } from "../../storage/examples/layout.js";
import { bytesOf } from "../../storage/examples/lines.js";
import { readRecords } from "../../storage/examples/stored.js";
import type { Form } from "./answers.js";

/** A piece of a file and where in the (unpacked) file it begins. */
export interface Piece {
  readonly start: number;
  readonly bytes: Buffer;
}

/** The bytes of a file, to be read through once and then at any place. */
export interface ByteStore {
  /** The bytes from `from` on, in their order. */
  pieces(from: number): AsyncIterable<Piece>;
  /** As many of the bytes at a place as there are. */
  read(start: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

const READ_SIZE = 1 << 20;

/**
 * The bytes of a file of examples. Those of a table, of scores made elsewhere, are its records as lines of our own form.
 */
export async function openBytes(
  path: string,
  form: Form = "lines",
  query: ShapeQuery = {},
): Promise<ByteStore> {
  if (form === "table") return new PackedBytes(() => recordLines(path, query));
  return /\.(gz|zst)$/i.test(path) ? new PackedBytes(() => bytesOf(path)) : PlainBytes.open(path);
}

async function* recordLines(path: string, query: ShapeQuery): AsyncIterable<Buffer> {
  let lines: string[] = [];
  let length = 0;
  for await (const { id, record } of readRecords(path, query)) {
    const line = `${JSON.stringify({ ...record, id })}\n`;
    lines.push(line);
    length += line.length;
    if (length < READ_SIZE) continue;
    yield Buffer.from(lines.join(""));
    [lines, length] = [[], 0];
  }
  if (lines.length > 0) yield Buffer.from(lines.join(""));
}

class PlainBytes implements ByteStore {
  private constructor(private readonly handle: FileHandle) {}

  static async open(path: string): Promise<PlainBytes> {
    return new PlainBytes(await open(path, "r"));
  }

  async *pieces(from: number): AsyncIterable<Piece> {
    for (let start = from; ; ) {
      const bytes = await this.read(start, READ_SIZE);
      if (bytes.length === 0) return;
      yield { start, bytes };
      start += bytes.length;
    }
  }

  async read(start: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.handle.read(bytes, filled, length - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** What can be entered at its beginning only, such as a compressed file: since nothing is written, its pieces are kept in memory, compressed one by one. */
class PackedBytes implements ByteStore {
  private readonly kept: { start: number; length: number; packed: Promise<Buffer> }[] = [];

  constructor(private readonly source: () => AsyncIterable<Buffer>) {}

  async *pieces(from: number): AsyncIterable<Piece> {
    if (from !== 0) throw new RangeError("a compressed file is read from its beginning");
    this.kept.length = 0;
    let start = 0;
    for await (const bytes of this.source()) {
      const packed = deflate(bytes, { level: 1 });
      this.kept.push({ start, length: bytes.length, packed });
      await packed;
      yield { start, bytes };
      start += bytes.length;
    }
  }

  async read(start: number, length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let at = this.pieceAt(start);
    for (; at < this.kept.length && this.kept[at]!.start < start + length; at += 1) {
      const piece = this.kept[at]!;
      const bytes = await inflate(await piece.packed);
      parts.push(bytes.subarray(Math.max(0, start - piece.start), start + length - piece.start));
    }
    return Buffer.concat(parts);
  }

  async close(): Promise<void> {
    this.kept.length = 0;
  }

  /** The number of the piece that holds a place. */
  private pieceAt(place: number): number {
    let [low, high] = [0, this.kept.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.kept[middle]!.start + this.kept[middle]!.length <= place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
