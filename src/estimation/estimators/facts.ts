import type { ByArm, DataFacts } from "../../domain/effect.js";
import type { RewardTable } from "../../domain/example.js";
import { scaleOf } from "./estimate.js";
import { type Moments, rewritesSpread } from "./moments.js";

/** What a table of rewards cannot tell of its examples. */
export type OutsideFacts = Pick<DataFacts, "missing" | "flips" | "textsDiffer">;

/** The facts of a table, with what is known of it besides. */
export function factsOf(table: RewardTable, outside: Partial<OutsideFacts>, moments: Moments): DataFacts {
  const { original, rewrite, rewriteOfRewrite } = table;
  const spread = scaleOf(moments)?.value ?? 0;
  const noOriginals = moments.withOriginal[0] + moments.withOriginal[1] === 0;
  const missing = outside.missing ?? { treated: 0, untreated: 0 };
  const [zeros, ones] = moments.n;
  return {
    attempted: {
      treated: ones + missing.treated,
      untreated: zeros + missing.untreated,
    },
    missing,
    flips: outside.flips ?? null,
    textsDiffer: outside.textsDiffer ?? null,
    rewardsEqual: allEqual([original, rewrite, rewriteOfRewrite]),
    originalsSd: noOriginals ? null : spread,
    rewritesSd: noOriginals ? spread : rewritesSpread(table),
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
