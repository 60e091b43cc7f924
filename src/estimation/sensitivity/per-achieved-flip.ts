import type { Estimand } from "../../domain/effect.js";
import { mean } from "../numeric/moments.js";
import { tQuantile } from "../numeric/student-t.js";
import { estimandsOf, type PairedColumns, rowsOf, take, takeClusters } from "./arms.js";
import { meanError } from "./mean-error.js";
import { type RowFacts, type RowScale, rowOf, type SensitivityRow } from "./row.js";

/** How well whoever says W of the texts tells: P(says 1 | is 1) and P(says 0 | is 0). */
export interface JudgeAccuracy {
  readonly sensitivity: number;
  readonly specificity: number;
}

const ASSUMES = "rewrites that failed to change the attribute have nothing to do with the size of the effect";

/**
 * The effect for each flip that was achieved (Wald's ratio): θ = d̄/D̄ within an arm, D_i = W(do(1) text) − W(do(0) text) in {−1, 0, 1}. The
 * interval of an arm is Fieller's set {θ: |mean(d − θD)| ≤ t·se(d − θD)} (Fieller 1954), and has no end where D̄² ≤ t²·var(D)/n. The ATE
 * combines the arms with the weights of the originals; its error is that of the influence values φ_i = (d_i − θ_a D_i)/D̄_a + θ_a − θ.
 * With a judge of known accuracy D̄ is divided by Se + Sp − 1, so θ is multiplied by it. Rows whose flip is not known (NaN) are left out.
 */
export function perAchievedFlip(
  data: PairedColumns,
  achieved: Float64Array,
  scale: RowScale,
  judge: JudgeAccuracy | null = null,
): SensitivityRow[] {
  const known = Array.from(data.treated.keys()).filter((row) => Number.isFinite(achieved[row]!));
  if (known.length === 0) return [];
  const columns = {
    differences: take(data.differences, known),
    treated: Uint8Array.from(known, (row) => data.treated[row]!),
    clusters: takeClusters(data.clusters, known),
  };
  const flips = take(achieved, known);
  const factor = judge === null ? 1 : judge.sensitivity + judge.specificity - 1;
  return estimandsOf(columns.treated).map((estimand) => estimandRow(columns, flips, estimand, factor, scale));
}

function estimandRow(
  columns: PairedColumns,
  flips: Float64Array,
  estimand: Estimand,
  factor: number,
  scale: RowScale,
): SensitivityRow {
  const rows = rowsOf(columns.treated, estimand);
  const n = rows.length;
  const facts: RowFacts = { name: "per_achieved_flip", estimand, n, assumes: ASSUMES };
  if (!(factor > 0))
    return { ...rowOf(facts, null, null, scale), note: "the judge tells no better than chance" };
  const arms = rowsOf(columns.treated, "att").length === 0 || rowsOf(columns.treated, "atu").length === 0;
  if (estimand !== "ate" || arms) return oneArm(columns, flips, rows, factor, facts, scale);
  return bothArms(columns, flips, factor, facts, scale);
}

function oneArm(
  columns: PairedColumns,
  flips: Float64Array,
  rows: readonly number[],
  factor: number,
  facts: RowFacts,
  scale: RowScale,
): SensitivityRow {
  const differences = take(columns.differences, rows);
  const achieved = take(flips, rows);
  const clusters = takeClusters(columns.clusters, rows);
  const share = mean(achieved);
  if (share === 0)
    return { ...rowOf(facts, null, null, scale), unbounded: true, note: "no flip worked on balance" };
  const theta = mean(differences) / share;
  const influence = differences.map((d, row) => (d - theta * achieved[row]!) / share);
  const error = meanError(influence, clusters);
  const plain = rowOf(withShare(facts, share), theta * factor, error && times(error, factor), scale);
  if (error === null) return plain;
  const set = fieller(differences, achieved, clusters, scale.level);
  if (set === null)
    return {
      ...plain,
      low: null,
      high: null,
      unbounded: true,
      note: "too few flips worked to bound the effect of one",
    };
  return { ...plain, low: set.low * factor, high: set.high * factor };
}

/** Fieller's set; null where it has no end. Its ends solve (D̄² − t²v_DD)θ² − 2(d̄D̄ − t²v_dD)θ + d̄² − t²v_dd = 0, v variances of the means. */
export function fieller(
  differences: Float64Array,
  achieved: Float64Array,
  clusters: Int32Array | null,
  level: number,
): { readonly a: number; readonly low: number; readonly high: number } | null {
  const [top, bottom] = [mean(differences), mean(achieved)];
  const errorOf = (values: Float64Array) => meanError(values, clusters);
  const [dCentred, centred] = [differences.map((d) => d - top), achieved.map((value) => value - bottom)];
  const ofD = errorOf(dCentred);
  const ofFlips = errorOf(centred);
  const ofSum = errorOf(dCentred.map((d, row) => d + centred[row]!));
  if (!ofD || !ofFlips || !ofSum) return null;
  const [vdd, vff] = [ofD.standardError ** 2, ofFlips.standardError ** 2];
  const vdf = (ofSum.standardError ** 2 - vdd - vff) / 2;
  const t2 = tQuantile(0.5 + level / 2, ofD.degrees) ** 2;
  const a = bottom ** 2 - t2 * vff;
  if (!(a > 0)) return null;
  const b = top * bottom - t2 * vdf;
  const root = Math.sqrt(Math.max(0, b * b - a * (top ** 2 - t2 * vdd)));
  return { a, low: (b - root) / a, high: (b + root) / a };
}

function bothArms(
  columns: PairedColumns,
  flips: Float64Array,
  factor: number,
  facts: RowFacts,
  scale: RowScale,
): SensitivityRow {
  const n = columns.treated.length;
  const influence = new Float64Array(n);
  const parts = (["att", "atu"] as const).map((arm) => {
    const rows = rowsOf(columns.treated, arm);
    const [d, achieved] = [take(columns.differences, rows), take(flips, rows)];
    const share = mean(achieved);
    const bounded = fieller(d, achieved, takeClusters(columns.clusters, rows), scale.level) !== null;
    return { rows, share, theta: mean(d) / share, bounded };
  });
  if (parts.some(({ share }) => share === 0))
    return {
      ...rowOf(facts, null, null, scale),
      unbounded: true,
      note: "no flip worked on balance in one arm",
    };
  const theta = parts.reduce((total, part) => total + (part.rows.length / n) * part.theta, 0);
  for (const part of parts)
    for (const row of part.rows)
      influence[row] =
        (columns.differences[row]! - part.theta * flips[row]!) / part.share + part.theta - theta;
  const error = meanError(influence, columns.clusters);
  const row = rowOf(withShare(facts, mean(flips)), theta * factor, error && times(error, factor), scale);
  if (parts.every(({ bounded }) => bounded)) return row;
  return {
    ...row,
    low: null,
    high: null,
    unbounded: true,
    note: "too few flips worked in one arm to bound the effect of one",
  };
}

function times({ standardError, degrees }: { standardError: number; degrees: number }, factor: number) {
  return { standardError: standardError * factor, degrees };
}

function withShare(facts: RowFacts, share: number): RowFacts {
  return { ...facts, details: { ...facts.details, achieved_share: share } };
}
