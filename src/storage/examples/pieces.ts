import { closeSync, openSync, readSync } from "node:fs";
import type { LineScanner } from "./line-scanner.js";
import { LONGEST_LINE } from "./lines.js";

/** Bytes that are read at a time. */
export const READ_SIZE = 1 << 19;
const NEWLINE = 10;

/** A part of a file: the lines that begin in its bytes [start, end). */
export interface FilePart {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Bytes of a file in the scanner's memory, at [from, to). */
export interface Piece {
  readonly from: number;
  readonly to: number;
  /** A line that begins at or behind this address belongs to the next part. */
  readonly until: number;
  /** Whether the file ends here. */
  readonly last: boolean;
}

/** Calls `read` with a part's bytes, piece by piece; it returns where the first line begins that it could not read yet. */
export function forEachPiece(
  { path, start, end }: FilePart,
  scanner: LineScanner,
  read: (piece: Piece) => number,
  fault: () => Error,
): void {
  const file = openSync(path, "r");
  // A part begins after the first line end at or behind its start − 1: that line belongs to the part before.
  let position = start === 0 ? 0 : start - 1;
  let room = READ_SIZE;
  let held = 0;
  let skipping = start > 0;
  let first = start === 0;
  const begin = scanner.start;
  try {
    for (;;) {
      const size = readSync(file, scanner.bytes, begin + held, room - held, position);
      position += size;
      const filled = begin + held + size;
      let from = begin;
      if (first) {
        if (scanner.bytes.subarray(begin, begin + 3).equals(BYTE_ORDER_MARK)) from += 3;
        first = false;
      }
      if (skipping) {
        const found = scanner.bytes.subarray(begin, filled).indexOf(NEWLINE);
        skipping = found < 0;
        from = skipping ? filled : begin + found + 1;
      }
      const until = Math.min(end - position + filled, filled);
      from = read({ from, to: filled, until, last: size === 0 });
      if (size === 0 || from >= end - position + filled) return;
      held = filled - from;
      scanner.bytes.copyWithin(begin, from, filled);
      if (held === room) {
        if (room >= LONGEST_LINE) throw fault();
        room = Math.min(2 * room, LONGEST_LINE);
        scanner.reserve(room);
      }
    }
  } finally {
    closeSync(file);
  }
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
