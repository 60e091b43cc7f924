import type { RewardTable } from "../../domain/example.js";

/** The differences that the paired estimators average, for the rows that have them. */
export interface PairedContrasts {
  /** R(do W = 1) − R(do W = 0), one for each row in `rows`. */
  readonly differences: Float64Array;
  /** The two rewards themselves, for the unpaired standard error. */
  readonly treatedRewards: Float64Array;
  readonly untreatedRewards: Float64Array;
  /** Row numbers in the table. */
  readonly rows: Int32Array;
}

/** Which text stands for W as it was: the rewrite of the rewrite (RATE), or the original (single rewrite). */
export type Baseline = "rewriteOfRewrite" | "original";

/** The contrasts of the rows that `wanted` names (1: treated, 0: untreated, null: both) and that have the baseline's reward. */
export function pairedContrasts(
  table: RewardTable,
  baseline: Baseline,
  wanted: 0 | 1 | null,
): PairedContrasts {
  const rows = rowsWith(table, table[baseline], wanted);
  const n = rows.length;
  const asItWas = table[baseline];
  const [differences, treatedRewards, untreatedRewards] = [
    new Float64Array(n),
    new Float64Array(n),
    new Float64Array(n),
  ];
  for (let index = 0; index < n; index += 1) {
    const row = rows[index]!;
    const treated = table.treated[row] === 1;
    const one = treated ? asItWas[row]! : table.rewrite[row]!;
    const zero = treated ? table.rewrite[row]! : asItWas[row]!;
    treatedRewards[index] = one;
    untreatedRewards[index] = zero;
    differences[index] = one - zero;
  }
  return { differences, treatedRewards, untreatedRewards, rows };
}

/** Numbers of the rows of an arm (or of both) where a column has a value. */
function rowsWith(table: RewardTable, column: Float64Array, wanted: 0 | 1 | null): Int32Array {
  const kept = new Int32Array(column.length);
  let count = 0;
  for (let row = 0; row < column.length; row += 1) {
    const value = column[row]!;
    if ((wanted !== null && table.treated[row] !== wanted) || Number.isNaN(value)) continue;
    kept[count] = row;
    count += 1;
  }
  return kept.slice(0, count);
}
