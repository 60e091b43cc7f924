import type { ArmCounts, RowColumns } from "./scored-rows.js";

type Numbers = Float64Array | Int32Array | Uint8Array;

/** The columns of the parts of a file, one after the other. */
export function joinColumns(parts: readonly RowColumns[]): RowColumns {
  if (parts.length === 1) return parts[0]!;
  const before = { count: [0], lines: [0], rows: [0], idBytes: [0] };
  for (const { count, lines, treated, ids } of parts) {
    before.count.push(before.count.at(-1)! + count);
    before.lines.push(before.lines.at(-1)! + lines);
    before.rows.push(before.rows.at(-1)! + treated.length);
    before.idBytes.push(before.idBytes.at(-1)! + ids.bytes.length);
  }
  const floats = (name: "original" | "rewrite" | "rewriteOfRewrite") =>
    concat(
      Float64Array,
      parts.map((part) => part[name]),
    );
  const bytes = (name: "treated" | "firstFlip" | "secondFlip" | "human") =>
    concat(
      Uint8Array,
      parts.map((part) => part[name]),
    );
  const ints = (name: "numbers" | "line") =>
    concat(
      Int32Array,
      parts.map((part) => part[name]),
    );
  const idEnds = () => {
    const all = concat(
      Int32Array,
      parts.map(({ ids }) => ids.ends),
    );
    for (const [index, { ids }] of parts.entries()) {
      const [from, by] = [before.rows[index]!, before.idBytes[index]!];
      for (let row = from; row < from + ids.ends.length; row += 1) all[row] = all[row]! + by;
    }
    return all;
  };
  return {
    count: before.count.at(-1)!,
    lines: before.lines.at(-1)!,
    ids: {
      bytes: concat(
        Uint8Array,
        parts.map(({ ids }) => ids.bytes),
      ),
      ends: idEnds(),
      hashes: concat(
        Int32Array,
        parts.map(({ ids }) => ids.hashes),
      ),
      own: concat(
        Uint8Array,
        parts.map(({ ids }) => ids.own),
      ),
    },
    numbers: ints("numbers"),
    line: ints("line"),
    parts: parts.map((_, index) => ({
      rows: before.rows[index]!,
      count: before.count[index]!,
      lines: before.lines[index]!,
    })),
    treated: bytes("treated"),
    original: floats("original"),
    rewrite: floats("rewrite"),
    rewriteOfRewrite: floats("rewriteOfRewrite"),
    placebo: placebosOf(parts),
    firstFlip: bytes("firstFlip"),
    secondFlip: bytes("secondFlip"),
    human: bytes("human"),
    cluster: parts.flatMap(({ cluster }) => cluster),
    group: parts.flatMap(({ group }) => group),
    withoutRewards: sumOf(parts.map(({ withoutRewards }) => withoutRewards)),
    truncated: parts.reduce((sum, { truncated }) => sum + truncated, 0),
    failures: Object.fromEntries(
      [...new Set(parts.flatMap(({ failures }) => Object.keys(failures)))].map((reason) => [
        reason,
        sumOf(parts.flatMap(({ failures }) => failures[reason] ?? [])),
      ]),
    ),
    sample: parts.flatMap(({ sample }, index) =>
      sample.map(({ row, texts }) => ({ row: row + before.rows[index]!, texts })),
    ),
  };
}

/** Where a row stands in the file: its position among all examples, from 0, and its line. */
export function placeOf({ parts, numbers, line }: RowColumns, row: number): { number: number; line: number } {
  const part = parts.findLast(({ rows }) => rows <= row)!;
  return { number: part.count + numbers[row]!, line: part.lines + line[row]! };
}

/** The memory of the columns, to be handed to another thread. */
export function buffersOf(columns: RowColumns): ArrayBuffer[] {
  return [...Object.values(columns), ...Object.values(columns.ids)].flatMap((column: unknown) =>
    ArrayBuffer.isView(column) ? [column.buffer as ArrayBuffer] : [],
  );
}

function concat<Data extends Numbers>(Kind: new (size: number) => Data, parts: readonly Data[]): Data {
  const all = new Kind(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function placebosOf(parts: readonly RowColumns[]): Float64Array {
  if (parts.every(({ placebo }) => placebo.length === 0)) return new Float64Array(0);
  return concat(
    Float64Array,
    parts.map(({ placebo, treated }) =>
      placebo.length > 0 ? placebo : new Float64Array(treated.length).fill(Number.NaN),
    ),
  );
}

function sumOf(counts: readonly ArmCounts[]): ArmCounts {
  const total = { treated: 0, untreated: 0 };
  for (const { treated, untreated } of counts) {
    total.treated += treated;
    total.untreated += untreated;
  }
  return total;
}
