import { mean, sampleVariance } from "../numeric/moments.js";
import { satterthwaite } from "../numeric/satterthwaite.js";
import { meanError } from "./mean-error.js";
import { type RowFacts, type RowScale, rowOf, type SensitivityRow } from "./row.js";

/**
 * The effect corrected by people's own minimal edits of some of the texts: τ̂ = mean(d) of the other examples less mean(d − g) of those that have an edit, g
 * being the reward difference by the person's edit, se² = var(d)/n + var(d − g)/m with Satterthwaite's degrees of freedom (a rectifier as in
 * prediction-powered inference, Angelopoulos et al. 2023); `gold_bias` is mean(d − g) with its paired t interval. Without other
 * examples τ̂ is mean(g).
 *
 * @param others - RATE's differences of the examples without an edit
 * @param twins - for those with one, RATE's difference and the edit's
 * @returns no rows with fewer than two edits
 */
export function goldTwins(
  estimand: RowFacts["estimand"],
  others: Float64Array,
  twins: { readonly differences: Float64Array; readonly gold: Float64Array },
  scale: RowScale,
): SensitivityRow[] {
  const m = twins.gold.length;
  if (m < 2) return [];
  const gaps = twins.differences.map((d, row) => d - twins.gold[row]!);
  const bias = mean(gaps);
  const biasError = meanError(
    gaps.map((gap) => gap - bias),
    null,
  );
  const assumes = "the people's edits change the attribute and nothing else";
  const biasRow = rowOf(
    {
      name: "gold_bias",
      estimand,
      n: m,
      assumes,
      note: "RATE's difference less that of the person's edit, on the same texts",
    },
    bias,
    biasError,
    scale,
  );
  const facts: RowFacts = {
    name: "gold_twins",
    estimand,
    n: others.length + m,
    assumes,
    details: { edits: m, bias, gold_mean: mean(twins.gold) },
  };
  if (others.length < 2) {
    const value = mean(twins.gold);
    const error = meanError(
      twins.gold.map((g) => g - value),
      null,
    );
    return [rowOf({ ...facts, n: m }, value, error, scale), biasRow];
  }
  const parts = [
    { variance: sampleVariance(others) / others.length, degrees: others.length - 1 },
    { variance: sampleVariance(gaps) / m, degrees: m - 1 },
  ];
  const error = {
    standardError: Math.sqrt(parts[0]!.variance + parts[1]!.variance),
    degrees: satterthwaite(parts),
  };
  return [rowOf(facts, mean(others) - bias, error, scale), biasRow];
}
