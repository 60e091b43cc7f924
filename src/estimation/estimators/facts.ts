import type { ByArm, DataFacts } from "../../domain/effect.js";
import type { RewardTable } from "../../domain/example.js";

/** What a table of rewards cannot tell of its examples. */
export type OutsideFacts = Pick<DataFacts, "missing" | "flips" | "textsDiffer">;

/** The facts of a table, with what is known of it besides. */
export function factsOf(table: RewardTable, outside: Partial<OutsideFacts>): DataFacts {
  const { treated, original, rewrite, rewriteOfRewrite } = table;
  const missing = outside.missing ?? { treated: 0, untreated: 0 };
  const ones = treated.reduce((total, w) => total + w, 0);
  return {
    attempted: {
      treated: ones + missing.treated,
      untreated: treated.length - ones + missing.untreated,
    },
    missing,
    flips: outside.flips ?? null,
    textsDiffer: outside.textsDiffer ?? null,
    rewardsEqual: allEqual([original, rewrite, rewriteOfRewrite]),
    originalsSd: sdWithinArms(treated, [original]),
    rewritesSd: sdWithinArms(treated, [rewrite, rewriteOfRewrite]),
  };
}

/**
 * Pairs by arm of which it is known whether they differ in W as asked (values of FLIP: 0 unknown, 1 succeeded, 2 failed), and those that do: both flips
 * succeeded. One flip that failed is enough to know that they do not.
 */
export function pairsThatFlipped(
  treated: Uint8Array,
  { rewrite, rewriteOfRewrite }: { readonly rewrite: Uint8Array; readonly rewriteOfRewrite: Uint8Array },
): DataFacts["flips"] {
  const known = [0, 0];
  const worked = [0, 0];
  for (let row = 0; row < treated.length; row += 1) {
    const [first, second, arm] = [rewrite[row]!, rewriteOfRewrite[row]!, treated[row]!];
    if (first !== 2 && second !== 2 && (first === 0 || second === 0)) continue;
    known[arm]! += 1;
    if (first === 1 && second === 1) worked[arm]! += 1;
  }
  if (known[0]! + known[1]! === 0) return null;
  const byArm = ([untreated, treated]: number[]): ByArm => ({ treated: treated!, untreated: untreated! });
  return { known: byArm(known), worked: byArm(worked) };
}

/** Whether the values that are there (not NaN) are one number. */
function allEqual(columns: readonly Float64Array[]): boolean {
  let first = Number.NaN;
  for (const column of columns) {
    for (const value of column) {
      if (value === first || Number.isNaN(value)) continue;
      if (!Number.isNaN(first)) return false;
      first = value;
    }
  }
  return true;
}

/** Standard deviation around the mean of each column in each arm, missing values (NaN) left out; null with fewer than two in every one. */
function sdWithinArms(treated: Uint8Array, columns: readonly Float64Array[]): number | null {
  let [squares, degrees] = [0, 0];
  for (const column of columns) {
    for (const arm of [0, 1]) {
      // Updated means (Welford 1962): one pass, and sound far from 0.
      let [n, mean] = [0, 0];
      for (let row = 0; row < column.length; row += 1) {
        const value = column[row]!;
        if (treated[row] !== arm || Number.isNaN(value)) continue;
        n += 1;
        const off = value - mean;
        mean += off / n;
        squares += off * (value - mean);
      }
      degrees += Math.max(0, n - 1);
    }
  }
  return degrees === 0 ? null : Math.sqrt(squares / degrees);
}
