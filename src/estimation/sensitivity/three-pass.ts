import { mean } from "../numeric/moments.js";
import { estimandsOf, type PairedColumns, rowsOf, take, takeClusters } from "./arms.js";
import { meanError } from "./mean-error.js";
import { type RowScale, rowOf, type SensitivityRow } from "./row.js";

/** Rewards of the first, second and third rewrite: Re(y, 1 − w), Re(Re(y, 1 − w), w) and its rewrite towards 1 − w. NaN where missing. */
export interface ThreePasses {
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly third: Float64Array;
}

/**
 * The effect with a third pass: d* = (2w − 1)(R_rr − (R_r + R_3)/2), which takes out a drift that is linear in the number of passes; and, by
 * arm, how much the reward moves between two passes towards the same value, mean(R_3 − R_r) (`three_pass_stability`).
 */
export function threePass(
  { treated, clusters }: Omit<PairedColumns, "differences">,
  { first, second, third }: ThreePasses,
  scale: RowScale,
): SensitivityRow[] {
  const complete = Array.from(treated.keys()).filter((row) =>
    [first, second, third].every((column) => Number.isFinite(column[row]!)),
  );
  if (complete.length < 2) return [];
  const differences = new Float64Array(treated.length);
  const movement = new Float64Array(treated.length);
  for (const row of complete) {
    differences[row] = (2 * treated[row]! - 1) * (second[row]! - (first[row]! + third[row]!) / 2);
    movement[row] = third[row]! - first[row]!;
  }
  const arms = Uint8Array.from(complete, (row) => treated[row]!);
  return estimandsOf(arms).flatMap((estimand) => {
    const rows = rowsOf(arms, estimand).map((place) => complete[place]!);
    const of = (values: Float64Array) => {
      const taken = take(values, rows);
      const value = mean(taken);
      return {
        value,
        error: meanError(
          taken.map((entry) => entry - value),
          takeClusters(clusters, rows),
        ),
      };
    };
    const effect = of(differences);
    const result = [
      rowOf(
        {
          name: "three_pass",
          estimand,
          n: rows.length,
          assumes: "what each pass of rewriting adds grows in proportion to the number of passes",
        },
        effect.value,
        effect.error,
        scale,
      ),
    ];
    if (estimand === "ate") return result;
    const stability = of(movement);
    result.push(
      rowOf(
        {
          name: "three_pass_stability",
          estimand,
          n: rows.length,
          assumes: "nothing",
          note: "change of the reward from the first to the third rewrite, which have the same value of the attribute",
        },
        stability.value,
        stability.error,
        scale,
      ),
    );
    return result;
  });
}
