import code from "./columns-wasm.js";

/** Rows of a block; the same in `assembly/columns.ts`. */
const BLOCK = 2048;

/** The exports of `assembly/columns.ts`, which says what they do. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly one: WebAssembly.Global;
  readonly other: WebAssembly.Global;
  readonly arms: WebAssembly.Global;
  readonly untreated: WebAssembly.Global;
  readonly treated: WebAssembly.Global;
  readonly total: WebAssembly.Global;
  readonly lost: WebAssembly.Global;
  clear(): void;
  addValues(rows: number, shift: number): void;
  addSquares(rows: number, shift: number): void;
  addProducts(rows: number, shift: number, otherShift: number): void;
  farthest(rows: number, middle: number): number;
  ones(rows: number): number;
  positive(rows: number): number;
  zero(rows: number): number;
  split(rows: number): number;
  contrast(rows: number): void;
  square(rows: number, shift: number): void;
}

/** What is worked on, and its columns as far as one block. */
interface Blocks {
  readonly work: Exports;
  readonly one: Float64Array;
  readonly other: Float64Array;
  readonly arms: Uint8Array;
  readonly untreated: Float64Array;
  readonly treated: Float64Array;
}

let loaded: Blocks | undefined;

function load(): Blocks {
  const work = new WebAssembly.Instance(new WebAssembly.Module(code)).exports as unknown as Exports;
  const numbers = ({ value }: WebAssembly.Global) => new Float64Array(work.memory.buffer, value, BLOCK);
  return {
    work,
    one: numbers(work.one),
    other: numbers(work.other),
    arms: new Uint8Array(work.memory.buffer, work.arms.value, BLOCK),
    untreated: numbers(work.untreated),
    treated: numbers(work.treated),
  };
}

/** Columns of the same length that are read; `other` is zeros where it is absent. */
export interface Columns {
  readonly one?: Float64Array;
  readonly other?: Float64Array | undefined;
  readonly arms?: Uint8Array;
}

/** Goes through columns of so many rows block by block: `each` finds so many of them, from that one on, in the blocks. */
export function inBlocks(
  rows: number,
  { one, other, arms }: Columns,
  each: (blocks: Blocks, rows: number, from: number) => void,
): void {
  loaded ??= load();
  if (!other) loaded.other.fill(0);
  for (let from = 0; from < rows; from += BLOCK) {
    const to = Math.min(from + BLOCK, rows);
    if (one) loaded.one.set(one.subarray(from, to));
    if (other) loaded.other.set(other.subarray(from, to));
    if (arms) loaded.arms.set(arms.subarray(from, to));
    each(loaded, to - from, from);
  }
}

/** A compensated sum over columns, as two numbers whose sum it is: the plain total, and what rounding has lost of it. */
export function summed(
  columns: Columns & { readonly one: Float64Array },
  add: (work: Exports, rows: number) => void,
): readonly [total: number, lost: number] {
  loaded ??= load();
  const { work } = loaded;
  work.clear();
  inBlocks(columns.one.length, columns, (_, rows) => add(work, rows));
  return [work.total.value, work.lost.value];
}
