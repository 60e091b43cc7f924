import { sumOf } from "./arm-counts.js";
import { NUMBER_COLUMNS, type NumberColumn, type RowColumns } from "./scored-rows.js";

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
  const numbers = Object.fromEntries(
    Object.keys(NUMBER_COLUMNS).map((name) => [
      name,
      concat(parts.map((part) => part[name as NumberColumn])),
    ]),
  ) as Pick<RowColumns, NumberColumn>;
  const idEnds = concat(parts.map(({ ids }) => ids.ends));
  for (const [index, { ids }] of parts.entries()) {
    const [from, by] = [before.rows[index]!, before.idBytes[index]!];
    for (let row = from; row < from + ids.ends.length; row += 1) idEnds[row] = idEnds[row]! + by;
  }
  return {
    ...numbers,
    count: before.count.at(-1)!,
    lines: before.lines.at(-1)!,
    ids: {
      bytes: concat(parts.map(({ ids }) => ids.bytes)),
      ends: idEnds,
      hashes: concat(parts.map(({ ids }) => ids.hashes)),
      own: concat(parts.map(({ ids }) => ids.own)),
    },
    parts: parts.map((_, index) => ({
      rows: before.rows[index]!,
      count: before.count[index]!,
      lines: before.lines[index]!,
    })),
    placebo: placebosOf(parts),
    cluster: parts.flatMap(({ cluster }) => cluster),
    group: parts.flatMap(({ group }) => group),
    truncated: parts.reduce((sum, { truncated }) => sum + truncated, 0),
    failures: Object.fromEntries(
      [...new Set(parts.flatMap(({ failures }) => Object.keys(failures)))].map((reason) => [
        reason,
        sumOf(parts.flatMap(({ failures }) => (Object.hasOwn(failures, reason) ? failures[reason]! : []))),
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

/** Columns of one kind, one after the other. */
function concat<Data extends Numbers>(parts: readonly Data[]): Data {
  const Kind = parts[0]!.constructor as new (size: number) => Data;
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
    parts.map(({ placebo, treated }) =>
      placebo.length > 0 ? placebo : new Float64Array(treated.length).fill(Number.NaN),
    ),
  );
}
