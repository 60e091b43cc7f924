import { mean, sampleVariance } from "../numeric/moments.js";
import { tTwoSided } from "../numeric/student-t.js";
import { estimandsOf, type PairedColumns, rowsOf, take, takeClusters } from "./arms.js";
import { meanError } from "./mean-error.js";
import { type RowScale, rowOf, type SensitivityRow } from "./row.js";

/** What one rewriter (or prompt) found. */
export interface RewriterEffect {
  readonly rewriter: string;
  readonly value: number;
  /** Variance of `value`. */
  readonly variance: number;
  readonly degrees: number;
  readonly n: number;
}

const MINIMUM = 2;

/**
 * The effect over rewriters drawn by chance for each example: τ̂ = mean τ̂_j with se² = var(τ̂_j)/J and J − 1 degrees of freedom; beside it the sd
 * between rewriters, by DerSimonian and Laird (1986), and for each u the p-value that at least u of the J rewriters show an effect of the
 * estimate's sign: (J − u + 1)·p₍u₎ of the one-sided p-values in order, made monotone (Benjamini & Heller 2008). One row a rewriter follows.
 * Null where fewer than two rewriters have two examples.
 *
 * @param rewriterOf - the rewriter of each row, by its place in `names`; −1 where it is not known
 */
export function acrossRewriters(
  data: PairedColumns,
  rewriterOf: Int32Array,
  names: readonly string[],
  scale: RowScale,
): SensitivityRow[] {
  return estimandsOf(data.treated).flatMap((estimand) => {
    const rows = rowsOf(data.treated, estimand);
    const effects = names.flatMap((rewriter, place): RewriterEffect[] => {
      const own = rows.filter((row) => rewriterOf[row] === place);
      if (own.length < MINIMUM) return [];
      const d = take(data.differences, own);
      const value = mean(d);
      const error = meanError(
        d.map((entry) => entry - value),
        takeClusters(data.clusters, own),
      );
      return error
        ? [
            {
              rewriter,
              value,
              variance: error.standardError ** 2,
              degrees: error.degrees,
              n: own.length,
            },
          ]
        : [];
    });
    if (effects.length < MINIMUM) return [];
    const values = Float64Array.from(effects, ({ value }) => value);
    const value = mean(values);
    const sign = Math.sign(value) || 1;
    const conjunction = partialConjunction(effects.map((effect) => oneSided(effect, sign)));
    const combined = rowOf(
      {
        name: "rewriters",
        estimand,
        n: effects.reduce((total, { n }) => total + n, 0),
        assumes: "the rewriters stand for all that could have been used",
        note: shown(conjunction, 1 - scale.level, effects.length),
        details: {
          rewriters: effects.length,
          between_sd: Math.sqrt(betweenVariance(effects)),
          ...Object.fromEntries(conjunction.map((p, place) => [`at_least_${place + 1}_p_value`, p])),
        },
      },
      value,
      {
        standardError: Math.sqrt(sampleVariance(values) / effects.length),
        degrees: effects.length - 1,
      },
      scale,
    );
    const single = effects.map((effect) =>
      rowOf(
        { name: "rewriters", estimand, n: effect.n, assumes: "nothing", of: effect.rewriter },
        effect.value,
        { standardError: Math.sqrt(effect.variance), degrees: effect.degrees },
        scale,
      ),
    );
    return [combined, ...single];
  });
}

/** Variance between rewriters by DerSimonian and Laird's moments, at least 0. */
function betweenVariance(effects: readonly { readonly value: number; readonly variance: number }[]): number {
  const weights = effects.map(({ variance }) => 1 / variance);
  if (!weights.every(Number.isFinite)) return 0;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const centre = effects.reduce((sum, { value }, j) => sum + weights[j]! * value, 0) / total;
  const q = effects.reduce((sum, { value }, j) => sum + weights[j]! * (value - centre) ** 2, 0);
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
  return Math.max(0, (q - (effects.length - 1)) / (total - squares / total));
}

/** p-values that at least u of J hypotheses are false, u = 1 … J: (J − u + 1)·p₍u₎, made monotone and at most 1 (Benjamini & Heller 2008). */
export function partialConjunction(pValues: readonly number[]): number[] {
  const ordered = [...pValues].sort((a, b) => a - b);
  let least = 0;
  return ordered.map((p, place) => {
    least = Math.max(least, Math.min(1, (ordered.length - place) * p));
    return least;
  });
}

function oneSided({ value, variance, degrees }: RewriterEffect, sign: number): number {
  if (!(variance > 0)) return 1;
  const two = tTwoSided(value / Math.sqrt(variance), degrees);
  return Math.sign(value) === sign ? two / 2 : 1 - two / 2;
}

function shown(conjunction: readonly number[], alpha: number, count: number): string {
  /* The sign is taken from the data, so each direction gets half of alpha. */
  const most = conjunction.filter((p) => p < alpha / 2).length;
  return most === 0
    ? `no effect of one sign is shown for even one of ${count} rewriters`
    : `an effect of this sign is shown for at least ${most} of ${count} rewriters`;
}
