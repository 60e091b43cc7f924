import { type PairedColumns, rowsOf } from "./arms.js";
import { meanError } from "./mean-error.js";
import { type RowScale, rowOf, type SensitivityRow } from "./row.js";

/** Samples among which the best is taken. */
const BEST_OF = [4, 16, 64] as const;

/**
 * The effect where reward hacking looks: at the responses that the best of N samples would be. The originals are ranked by reward, and the one of rank i
 * (ties share their ranks' weight) counts F_i^N − F_{i−1}^N with F_i = i/n, the chance that the best of N draws is that one. The error is that of a
 * weighted mean with known weights, φ_i = n·w_i(d_i − τ̂). Rows without a reward of the original are left out.
 */
export function policyWeighted(
  data: PairedColumns,
  originals: Float64Array,
  scale: RowScale,
): SensitivityRow[] {
  const rows = rowsOf(data.treated, "ate").filter((row) => Number.isFinite(originals[row]!));
  const n = rows.length;
  if (n < 10) return [];
  return BEST_OF.flatMap((best) => {
    const weights = bestOfWeights(
      rows.map((row) => originals[row]!),
      best,
    );
    const effective = 1 / weights.reduce((sum, weight) => sum + weight * weight, 0);
    if (effective < 10) return [];
    const value = rows.reduce((sum, row, place) => sum + weights[place]! * data.differences[row]!, 0);
    const influence = Float64Array.from(
      rows,
      (row, place) => n * weights[place]! * (data.differences[row]! - value),
    );
    const error = meanError(influence, data.clusters && Int32Array.from(rows, (row) => data.clusters![row]!));
    return [
      rowOf(
        {
          name: "policy_weighted",
          estimand: "ate",
          n,
          assumes: "the originals stand for what the policy writes",
          note: `weighted as the best of ${best} responses would be`,
          of: `best of ${best}`,
          details: { best_of: best, effective_n: effective },
        },
        value,
        error && { standardError: error.standardError, degrees: Math.min(error.degrees, effective - 1) },
        scale,
      ),
    ];
  });
}

/** Weights that add up to 1: the chance that the best of `best` draws is each; equal rewards share. */
export function bestOfWeights(rewards: readonly number[], best: number): number[] {
  const n = rewards.length;
  const order = rewards.map((_, place) => place).sort((a, b) => rewards[a]! - rewards[b]!);
  const weights = new Array<number>(n).fill(0);
  for (let start = 0; start < n; ) {
    let end = start + 1;
    while (end < n && rewards[order[end]!] === rewards[order[start]!]) end += 1;
    const share = ((end / n) ** best - (start / n) ** best) / (end - start);
    for (let place = start; place < end; place += 1) weights[order[place]!] = share;
    start = end;
  }
  return weights;
}
