import type { RewardTable } from "../domain/example.js";

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
  const kept: number[] = [];
  for (let row = 0; row < table.treated.length; row += 1) {
    if (wanted !== null && table.treated[row] !== wanted) continue;
    if (!Number.isNaN(table[baseline][row])) kept.push(row);
  }
  const rows = Int32Array.from(kept);
  const treatedRewards = new Float64Array(rows.length);
  const untreatedRewards = new Float64Array(rows.length);
  rows.forEach((row, index) => {
    const asItWas = table[baseline][row]!;
    const flipped = table.rewrite[row]!;
    treatedRewards[index] = table.treated[row] === 1 ? asItWas : flipped;
    untreatedRewards[index] = table.treated[row] === 1 ? flipped : asItWas;
  });
  const differences = treatedRewards.map((reward, index) => reward - untreatedRewards[index]!);
  return { differences, treatedRewards, untreatedRewards, rows };
}

/** The values of a column in the rows of one arm, missing ones (NaN) left out, and the rows that they are from. */
export function armValues(
  table: RewardTable,
  column: Float64Array,
  arm: 0 | 1,
): { readonly values: Float64Array; readonly rows: Int32Array } {
  const kept: number[] = [];
  for (let row = 0; row < column.length; row += 1) {
    if (table.treated[row] === arm && !Number.isNaN(column[row])) kept.push(row);
  }
  const rows = Int32Array.from(kept);
  return { rows, values: Float64Array.from(rows, (row) => column[row]!) };
}
