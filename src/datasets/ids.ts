import { growingBytes, growingInts } from "./growing.js";

/** Ids as one column of bytes (UTF-8), so that a million of them are two arrays and no text. A row may have none. */
export interface IdColumn {
  readonly bytes: Uint8Array;
  /** Where each row's id ends. */
  readonly ends: Int32Array;
  /** Of each row's id. */
  readonly hashes: Int32Array;
  /** 1 for a row with an id of its own. */
  readonly own: Uint8Array;
}

/** Ids that are added row by row. */
export class IdCollector {
  private bytes = new Uint8Array(4096);
  private size = 0;
  private readonly ends = growingInts();
  private readonly hashes = growingInts();
  private readonly own = growingBytes();

  /** Takes back what was added beyond so many rows. */
  keep(rows: number): void {
    if (this.ends.length <= rows) return;
    this.ends.length = rows;
    this.own.length = rows;
    this.hashes.length = rows;
    this.size = rows === 0 ? 0 : this.ends.at(rows - 1);
  }

  push(id: string | null): void {
    const encoded = Buffer.from(id ?? "", "utf8");
    this.reserve(encoded.length);
    this.bytes.set(encoded, this.size);
    this.size += encoded.length;
    this.ends.push(this.size);
    this.hashes.push(hashOf(encoded));
    this.own.push(id === null ? 0 : 1);
  }

  /** Adds ids that stand one behind the other: their bytes, where each ends, and their hashes. */
  append(bytes: Uint8Array, ends: Int32Array, hashes: Int32Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.size);
    this.ends.appendShifted(ends, this.size);
    this.hashes.append(hashes);
    this.own.repeat(1, ends.length);
    this.size += bytes.length;
  }

  /** The ids, when no more will be added: they are not copied. */
  values(): IdColumn {
    return {
      bytes: this.bytes.subarray(0, this.size),
      ends: this.ends.values(),
      hashes: this.hashes.values(),
      own: this.own.values(),
    };
  }

  private reserve(length: number): void {
    if (this.size + length <= this.bytes.length) return;
    const larger = new Uint8Array(2 * (this.size + length));
    larger.set(this.bytes.subarray(0, this.size));
    this.bytes = larger;
  }
}

/** 32 bits of FNV-1a. */
function hashOf(bytes: Uint8Array): number {
  let hash = 2166136261;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 16777619);
  return hash;
}

/** A row's own id; null when it has none. */
export function idAt({ bytes, ends, own }: IdColumn, row: number): string | null {
  if (own[row] === 0) return null;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(
    "utf8",
    row === 0 ? 0 : ends[row - 1],
    ends[row],
  );
}

/** The first row whose own id stands in a row before it; −1 when there is none. Rows without one are passed over. */
export function firstRepeat(ids: IdColumn): number {
  const { ends, hashes, own } = ids;
  const slots = 2 ** Math.ceil(Math.log2(2 * ends.length + 2));
  // Rows by the hash of their ids, with open addressing; 0 is free, so rows count from 1.
  const table = new Int32Array(slots);
  for (let row = 0; row < ends.length; row += 1) {
    if (own[row] === 0) continue;
    const hash = hashes[row]!;
    let slot = (hash ^ (hash >>> 15)) & (slots - 1);
    for (let other = table[slot]!; other !== 0; other = table[slot]!) {
      if (hashes[other - 1] === hash && isSame(ids, other - 1, row)) return row;
      slot = (slot + 1) & (slots - 1);
    }
    table[slot] = row + 1;
  }
  return -1;
}

function isSame({ bytes, ends }: IdColumn, one: number, other: number): boolean {
  const of = (row: number) => bytes.subarray(row === 0 ? 0 : ends[row - 1]!, ends[row]!);
  return Buffer.compare(of(one), of(other)) === 0;
}
