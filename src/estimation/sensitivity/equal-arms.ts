import { mean } from "../numeric/moments.js";
import { type PairedColumns, rowsOf } from "./arms.js";
import { meanError } from "./mean-error.js";
import { type RowScale, rowOf, type SensitivityRow } from "./row.js";

const MINIMUM = 2;

/**
 * ½(ATT + ATU): what each pass of rewriting adds by itself has opposite signs in the two arms and cancels; in the ATE κ(n₁ − n₀)/n of it stays.
 * Influence values: φ_i = n/(2n_a)·(d_i − d̄_a). Null where an arm has fewer than two examples.
 */
export function equalArms(data: PairedColumns, scale: RowScale): SensitivityRow | null {
  const n = data.treated.length;
  const arms = (["att", "atu"] as const).map((arm) => rowsOf(data.treated, arm));
  if (arms.some((rows) => rows.length < MINIMUM)) return null;
  const influence = new Float64Array(n);
  const means = arms.map((rows) => {
    const value = mean(Float64Array.from(rows, (row) => data.differences[row]!));
    for (const row of rows) influence[row] = (n / (2 * rows.length)) * (data.differences[row]! - value);
    return value;
  });
  const facts = {
    name: "equal_arms",
    estimand: "ate",
    n,
    assumes: "the effect is the same in both arms",
    details: { att: means[0]!, atu: means[1]! },
  } as const;
  return rowOf(facts, (means[0]! + means[1]!) / 2, armsError(influence, data, arms), scale);
}

/** Independent examples: the arms' variances add up, Welch's degrees of freedom. Clusters may hold both arms, so theirs are those of all rows. */
function armsError(influence: Float64Array, data: PairedColumns, arms: readonly number[][]) {
  if (data.clusters !== null) return meanError(influence, data.clusters);
  const n = influence.length;
  const parts = arms.map((rows) => {
    const error = meanError(
      Float64Array.from(rows, (row) => influence[row]!),
      null,
    )!;
    return { variance: (error.standardError * (rows.length / n)) ** 2, degrees: error.degrees };
  });
  const variance = parts.reduce((total, part) => total + part.variance, 0);
  const squares = parts.reduce((total, part) => total + part.variance ** 2 / part.degrees, 0);
  return { standardError: Math.sqrt(variance), degrees: squares > 0 ? variance ** 2 / squares : n - 2 };
}
