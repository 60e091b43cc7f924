import { mean, sampleVariance } from "../numeric/moments.js";
import { estimandsOf, type PairedColumns, rowsOf, take, takeClusters } from "./arms.js";
import { meanError } from "./mean-error.js";
import { type RowScale, rowOf, type SensitivityRow } from "./row.js";

/** One side of the comparison: differences d_i in reward units, the originals' rewards for the scale (NaN where missing), and the scale itself. */
export interface Standardised {
  readonly differences: Float64Array;
  /** Pooled sd of the originals by arm; the unit of the effect size. */
  readonly rewardStd: number;
}

/**
 * "Pays more for it than the reference": the same texts under the reward model and under a reference (an LLM judge, a second model, people), each difference
 * in standard deviations of its own reward; value = mean(d_i/s − g_i/r), paired, with s and r taken as known. Rows that lack either are left out
 * (NaN).
 */
export function againstReference(
  data: Omit<PairedColumns, "differences">,
  model: Standardised,
  reference: Standardised,
  name: string,
  scale: RowScale,
): SensitivityRow[] {
  if (!(model.rewardStd > 0) || !(reference.rewardStd > 0)) return [];
  const both = Array.from(data.treated.keys()).filter(
    (row) => Number.isFinite(model.differences[row]!) && Number.isFinite(reference.differences[row]!),
  );
  if (both.length < 2) return [];
  const treated = Uint8Array.from(both, (row) => data.treated[row]!);
  const ofModel = take(model.differences, both).map((d) => d / model.rewardStd);
  const ofReference = take(reference.differences, both).map((d) => d / reference.rewardStd);
  return estimandsOf(treated).flatMap((estimand) => {
    const rows = rowsOf(treated, estimand);
    if (rows.length < 2) return [];
    const gaps = take(ofModel, rows).map((d, place) => d - ofReference[rows[place]!]!);
    const value = mean(gaps);
    const clusters = takeClusters(
      data.clusters && Int32Array.from(both, (row) => data.clusters![row]!),
      rows,
    );
    const row = rowOf(
      {
        name: "reference",
        estimand,
        n: rows.length,
        assumes: "the reference is what is wanted",
        note: "in standard deviations of each one's own reward",
        of: name,
        details: {
          model_effect_size: mean(take(ofModel, rows)),
          reference_effect_size: mean(take(ofReference, rows)),
          correlation: correlation(take(ofModel, rows), take(ofReference, rows)),
        },
      },
      value,
      meanError(
        gaps.map((gap) => gap - value),
        clusters,
      ),
      { ...scale, rewardStd: 1 },
    );
    return [row];
  });
}

function correlation(a: Float64Array, b: Float64Array): number | null {
  const [x, y] = [sampleVariance(a), sampleVariance(b)];
  if (!(x > 0 && y > 0)) return null;
  const [ma, mb] = [mean(a), mean(b)];
  const products = a.map((value, row) => (value - ma) * (b[row]! - mb));
  return (mean(products) * a.length) / (a.length - 1) / Math.sqrt(x * y);
}
