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
    this.bytes = withRoom(this.bytes, this.size, encoded.length);
    this.bytes.set(encoded, this.size);
    this.size += encoded.length;
    this.ends.push(this.size);
    this.hashes.push(hashOf(encoded));
    this.own.push(id === null ? 0 : 1);
  }

  /** Adds ids that stand one behind the other: their bytes, where each ends, and their hashes. */
  append(bytes: Uint8Array, ends: Int32Array, hashes: Int32Array): void {
    this.bytes = withRoom(this.bytes, this.size, bytes.length);
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
}

/**
 * Ids numbered from 0 in the order of their adding. They are bytes outside of the heap, where a map of texts would be inside: the heap is let grow to four times
 * what lives in it.
 */
export class IdNumbers {
  private bytes = new Uint8Array(4096);
  /** Where each id ends. */
  private readonly ends = growingInts();
  private readonly hashes = growingInts();
  /** Numbers, from 1, by the hash of their ids, with open addressing; 0 is free. Never more than half full. */
  private table = new Int32Array(1024);
  /** Where an id is put into bytes to be looked up. */
  private scratch = Buffer.alloc(256);

  get size(): number {
    return this.ends.length;
  }

  get(id: string): number | undefined {
    const encoded = this.encode(id);
    const number = this.table[this.slotOf(encoded, hashOf(encoded))]!;
    return number === 0 ? undefined : number - 1;
  }

  /** The id's number, a new one where it has none. */
  add(id: string): number {
    const encoded = this.encode(id);
    const hash = hashOf(encoded);
    const slot = this.slotOf(encoded, hash);
    const known = this.table[slot]!;
    if (known !== 0) return known - 1;
    const start = this.size === 0 ? 0 : this.ends.at(this.size - 1);
    const end = start + encoded.length;
    this.bytes = withRoom(this.bytes, start, encoded.length);
    this.bytes.set(encoded, start);
    this.ends.push(end);
    this.hashes.push(hash);
    this.table[slot] = this.size;
    if (2 * this.size > this.table.length) this.enlarge();
    return this.size - 1;
  }

  private encode(id: string): Uint8Array {
    // No UTF-16 unit takes more than three bytes.
    if (3 * id.length > this.scratch.length) this.scratch = Buffer.alloc(6 * id.length);
    return this.scratch.subarray(0, this.scratch.write(id, "utf8"));
  }

  /** Where the id stands in the table, or is to be put. */
  private slotOf(encoded: Uint8Array, hash: number): number {
    const mask = this.table.length - 1;
    let slot = firstSlot(hash, mask);
    for (let number = this.table[slot]!; number !== 0; number = this.table[slot]!) {
      if (this.hashes.at(number - 1) === hash && this.isAt(number - 1, encoded)) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private isAt(number: number, encoded: Uint8Array): boolean {
    const id = this.bytes.subarray(number === 0 ? 0 : this.ends.at(number - 1), this.ends.at(number));
    return Buffer.compare(id, encoded) === 0;
  }

  private enlarge(): void {
    this.table = new Int32Array(2 * this.table.length);
    const mask = this.table.length - 1;
    for (let number = 0; number < this.size; number += 1) {
      let slot = firstSlot(this.hashes.at(number), mask);
      while (this.table[slot] !== 0) slot = (slot + 1) & mask;
      this.table[slot] = number + 1;
    }
  }
}

function firstSlot(hash: number, mask: number): number {
  return (hash ^ (hash >>> 15)) & mask;
}

/** The same bytes, `size` of them used, in an array that takes `more`. */
function withRoom(bytes: Uint8Array<ArrayBuffer>, size: number, more: number): Uint8Array<ArrayBuffer> {
  if (size + more <= bytes.length) return bytes;
  const larger = new Uint8Array(2 * (size + more));
  larger.set(bytes.subarray(0, size));
  return larger;
}

/** 32 bits of FNV-1a. */
function hashOf(bytes: Uint8Array): number {
  let hash = 2166136261 | 0;
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
    let slot = firstSlot(hash, slots - 1);
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
