import type { RewardTable } from "../../domain/example.js";
import { farthest } from "../numeric/columns.js";

/** Rewards from here on have squares that cannot be added up. */
const TOO_LARGE = 1e150;

/** Throws a RangeError on columns of unequal length, and on rewards that are missing where they must not be, not finite, or too large. */
export function requireUsable(table: RewardTable): void {
  const n = table.treated.length;
  const columns = ["original", "rewrite", "rewriteOfRewrite", "clusters"] as const;
  for (const name of columns) {
    const length = table[name]?.length ?? n;
    if (length !== n)
      throw new RangeError(
        `estimateEffects requires columns of equal length: treated has ${n} rows, ${name} has ${length}`,
      );
  }
  for (const name of ["rewrite", "rewriteOfRewrite", "original"] as const) {
    const mayMiss = name === "original";
    if (farthest(table[name], 0) < TOO_LARGE && (mayMiss || !table[name].includes(Number.NaN))) continue;
    const row = firstUnfit(table[name], mayMiss);
    if (row < 0) continue;
    const value = table[name][row]!;
    throw new RangeError(
      Number.isFinite(value)
        ? `estimateEffects requires rewards below ${TOO_LARGE}: row ${row} has ${name} ${value}; divide all rewards by a number that brings them near 1`
        : `estimateEffects requires finite rewards: row ${row} has ${name} ${value}`,
    );
  }
}

/** The first row whose value cannot be used, and is not a missing one where that may be; −1 when there is none. */
function firstUnfit(values: Float64Array, mayMiss: boolean): number {
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row]!;
    if (!(Math.abs(value) < TOO_LARGE) && !(mayMiss && Number.isNaN(value))) return row;
  }
  return -1;
}
