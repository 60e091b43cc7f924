import { leastSquares } from "../numeric/least-squares.js";
import { mean } from "../numeric/moments.js";
import { estimandsOf, type PairedColumns, rowsOf, take, takeClusters } from "./arms.js";
import { type RowScale, rowOf, type SensitivityRow } from "./row.js";

/** One measure of what else a rewrite may have changed. */
export interface OffTargetMeasure {
  readonly name: string;
  /** Measure of the do(1) text less that of the do(0) text; NaN where it cannot be measured. */
  readonly changes: Float64Array;
  /** Standard deviation of the measure over the originals. */
  readonly spread: number;
}

/** A measure is out of balance when the pair differs on average by more than this share of the originals' spread. */
const BALANCE_LIMIT = 0.1;

/**
 * What else changed, and the effect without it: `off_target_balance` is mean(ΔM_k)/sd(M_k of the originals) for each measure;
 * `off_target_adjusted` the intercept of OLS d on all ΔM with HC3 errors (CR2 under clusters), whose details hold each measure's
 * contribution b_k = β_k·mean(ΔM_k). Measures of the attribute itself must not be among them. Measures that
 * never change, and those that repeat another one, are left out. Rows that lack a measure are left out.
 */
export function offTarget(
  data: PairedColumns,
  measures: readonly OffTargetMeasure[],
  scale: RowScale,
): SensitivityRow[] {
  const usable = measures.filter(
    ({ spread, changes }) =>
      changes.some(Number.isFinite) && (spread > 0 || changes.some((change) => Math.abs(change) > 0)),
  );
  if (usable.length === 0) return [];
  const complete = Array.from(data.treated.keys()).filter((row) =>
    usable.every(({ changes }) => Number.isFinite(changes[row]!)),
  );
  const treated = Uint8Array.from(complete, (row) => data.treated[row]!);
  return estimandsOf(treated).flatMap((estimand) => {
    const rows = rowsOf(treated, estimand).map((place) => complete[place]!);
    if (rows.length === 0) return [];
    const d = take(data.differences, rows);
    const clusters = takeClusters(data.clusters, rows);
    const balance = usable.map(({ name, changes, spread }): SensitivityRow => {
      const change = mean(take(changes, rows));
      const facts = {
        name: "off_target_balance",
        estimand,
        n: rows.length,
        assumes: "the measure measures what its name says",
        of: name,
        details: { mean_change: change },
      } as const;
      const value = spread > 0 ? change / spread : change === 0 ? 0 : null;
      return rowOf({ ...facts, note: balanceNote(name, value) }, value, null, { ...scale, rewardStd: null });
    });
    const { kept, fit } = fitOf(d, rows, usable, clusters);
    if (fit === null) return balance;
    const contributions = kept.map(
      ({ name, changes }, k) => [name, fit.coefficients[k + 1]! * mean(take(changes, rows))] as const,
    );
    const adjusted = rowOf(
      {
        name: "off_target_adjusted",
        estimand,
        n: rows.length,
        assumes: "what else changed acts additively and is measured",
        note: `adjusted for ${kept.map(({ name }) => name.replaceAll("_", " ")).join(", ")}`,
        details: Object.fromEntries(contributions),
      },
      fit.coefficients[0]!,
      { standardError: fit.standardErrors[0]!, degrees: fit.degrees },
      scale,
    );
    return [...balance, adjusted];
  });
}

function balanceNote(name: string, value: number | null): string | null {
  const measure = name.replaceAll("_", " ");
  if (value === null) return `the originals do not differ in ${measure}, but the pair does`;
  return Math.abs(value) > BALANCE_LIMIT
    ? `the pair differs in ${measure} by ${value.toFixed(2)} standard deviations of the originals`
    : null;
}

/** A fit on as many measures as are not collinear and leave at least ten rows a coefficient, the most unbalanced first. */
function fitOf(
  d: Float64Array,
  rows: readonly number[],
  measures: readonly OffTargetMeasure[],
  clusters: Int32Array | null,
) {
  const ordered = [...measures]
    .map((measure) => ({ measure, size: imbalance(measure, rows) }))
    .sort((one, other) => other.size - one.size)
    .map(({ measure }) => measure);
  const kept: OffTargetMeasure[] = [];
  let fit = null;
  for (const measure of ordered) {
    if (rows.length < 10 * (kept.length + 2)) break;
    const columns = [...kept, measure].map(({ changes }) => take(changes, rows));
    const next = leastSquares(d, columns, clusters);
    if (next === null) continue;
    kept.push(measure);
    fit = next;
  }
  return { kept, fit };
}

function imbalance({ changes, spread }: OffTargetMeasure, rows: readonly number[]): number {
  const change = Math.abs(mean(take(changes, rows)));
  return change === 0 ? 0 : change / spread;
}
