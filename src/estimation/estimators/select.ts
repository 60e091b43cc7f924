import type { RewardTable } from "../../domain/example.js";

/** The table's rows with these numbers. */
export function selectRows(table: RewardTable, rows: readonly number[]): RewardTable {
  const floats = (column: Float64Array) => Float64Array.from(rows, (row) => column[row]!);
  return {
    treated: Uint8Array.from(rows, (row) => table.treated[row]!),
    original: floats(table.original),
    rewrite: floats(table.rewrite),
    rewriteOfRewrite: floats(table.rewriteOfRewrite),
    clusters: table.clusters && Int32Array.from(rows, (row) => table.clusters![row]!),
  };
}
