import { type FileHandle, open } from "node:fs/promises";

/** A whole line of a file, without its end, and where it stands, in bytes. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly at: number;
  readonly length: number;
  readonly text: string;
}

const LINE_FEED = 10;
const PIECE = 1 << 18;

/**
 * Whole lines, split at line feeds alone: answers may hold other characters that end lines elsewhere, such as U+2028. What follows the last line
 * feed is passed over.
 */
export async function* readLines(handle: FileHandle): AsyncIterable<Line> {
  let number = 0;
  let at = 0;
  let rest: Buffer = Buffer.alloc(0);
  for (;;) {
    const piece = Buffer.allocUnsafe(PIECE);
    const { bytesRead } = await handle.read(piece, 0, PIECE, at + rest.length);
    if (bytesRead === 0) return;
    const read = piece.subarray(0, bytesRead);
    const bytes = rest.length > 0 ? Buffer.concat([rest, read]) : read;
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      number += 1;
      yield { number, at: at + start, length: end - start, text: bytes.toString("utf8", start, end) };
      start = end + 1;
    }
    rest = bytes.subarray(start);
    at += start;
  }
}

/** The texts of a file's lines, its last one too where it has no end. */
export async function* linesOfFile(path: string): AsyncIterable<string> {
  const handle = await open(path, "r");
  try {
    let end = 0;
    for await (const { at, length, text } of readLines(handle)) {
      end = at + length + 1;
      yield text;
    }
    const { size } = await handle.stat();
    if (size <= end) return;
    const rest = Buffer.alloc(size - end);
    const { bytesRead } = await handle.read(rest, 0, rest.length, end);
    yield rest.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}
