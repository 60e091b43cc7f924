import type { Estimand } from "../../domain/effect.js";

/** Per-example values of one analysis: do(1) − do(0) differences, with arm and cluster of each example. */
export interface PairedColumns {
  /** R(do(1) text) − R(do(0) text) of each example, in reward units. */
  readonly differences: Float64Array;
  /** W of the original: 1 or 0. */
  readonly treated: Uint8Array;
  /** Cluster of each example; null when the examples are independent. */
  readonly clusters: Int32Array | null;
}

/** Rows of an arm, or all: those that an estimand is about. */
export function rowsOf(treated: Uint8Array, estimand: Estimand): number[] {
  const rows: number[] = [];
  treated.forEach((w, row) => {
    if (estimand === "ate" || (w === 1) === (estimand === "att")) rows.push(row);
  });
  return rows;
}

/** The estimands that the data have examples for; the ATE needs both arms or stands for the only one. */
export function estimandsOf(treated: Uint8Array): Estimand[] {
  const ones = treated.reduce((count, w) => count + w, 0);
  const estimands: Estimand[] = ["ate"];
  if (ones > 0) estimands.push("att");
  if (ones < treated.length) estimands.push("atu");
  return estimands;
}

/** Columns restricted to some rows. */
export function take(values: Float64Array, rows: readonly number[]): Float64Array {
  return Float64Array.from(rows, (row) => values[row]!);
}

/** Clusters restricted to some rows. */
export function takeClusters(clusters: Int32Array | null, rows: readonly number[]): Int32Array | null {
  return clusters && Int32Array.from(rows, (row) => clusters[row]!);
}
