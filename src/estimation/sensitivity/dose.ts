import type { Estimand } from "../../domain/effect.js";
import { leastSquares } from "../numeric/least-squares.js";
import { mean } from "../numeric/moments.js";
import { tTwoSided } from "../numeric/student-t.js";
import { estimandsOf, type PairedColumns, rowsOf, take, takeClusters } from "./arms.js";
import { meanError } from "./mean-error.js";
import { type RowScale, rowOf, type SensitivityRow } from "./row.js";

/**
 * The effect for each unit of the attribute's own measure (words, say): m_i = measure of the do(1) text less that of the do(0) text. `dose_slope` is
 * d̄/m̄ with φ_i = (d_i − βm_i)/m̄; `dose_intercept` the intercept a of d = a + b·m, with HC3 errors (CR2 under clusters): what the pair would
 * still differ by at no change of the measure. Rows without a measure (NaN) are left out.
 */
export function doseResponse(
  data: PairedColumns,
  doses: Float64Array,
  unit: string,
  scale: RowScale,
): SensitivityRow[] {
  const known = Array.from(data.treated.keys()).filter((row) => Number.isFinite(doses[row]!));
  const treated = Uint8Array.from(known, (row) => data.treated[row]!);
  if (known.length < 3) return [];
  return estimandsOf(treated).flatMap((estimand) => {
    const rows = rowsOf(treated, estimand).map((place) => known[place]!);
    return rows.length < 3 ? [] : doseRows(data, doses, rows, estimand, unit, scale);
  });
}

function doseRows(
  data: PairedColumns,
  doses: Float64Array,
  rows: readonly number[],
  estimand: Estimand,
  unit: string,
  scale: RowScale,
): SensitivityRow[] {
  const [d, m] = [take(data.differences, rows), take(doses, rows)];
  const clusters = takeClusters(data.clusters, rows);
  const n = rows.length;
  const change = mean(m);
  const result: SensitivityRow[] = [];
  if (change !== 0) {
    const slope = mean(d) / change;
    const error = meanError(
      d.map((value, row) => (value - slope * m[row]!) / change),
      clusters,
    );
    result.push({
      ...rowOf(
        {
          name: "dose_slope",
          estimand,
          n,
          assumes: "the reward changes in proportion to the measure",
          note: `reward for each unit of ${unit}`,
          of: unit,
          details: { mean_change: change },
        },
        slope,
        error,
        scale,
      ),
    });
  }
  const fit = leastSquares(d, [m], clusters);
  if (fit === null) return result;
  const square = leastSquares(d, [m, m.map((value) => value * value)], clusters);
  const [a, error] = [fit.coefficients[0]!, fit.standardErrors[0]!];
  const curved = square && error2(square.coefficients[2]!, square.standardErrors[2]!, square.degrees);
  const p = error2(a, error, fit.degrees);
  const sd = scale.rewardStd === null ? null : a / scale.rewardStd;
  result.push(
    rowOf(
      {
        name: "dose_intercept",
        estimand,
        n,
        assumes: "a linear response to the measure",
        note:
          p !== null && p < 1 - scale.level
            ? `at no change in ${unit} the pair would still differ by ${sd === null ? a.toFixed(3) : `${sd.toFixed(2)} sd`}, or the response is not linear`
            : `no sign that the pair would differ at no change in ${unit}`,
        of: unit,
        details: { slope: fit.coefficients[1]!, p_value: p, curvature_p_value: curved },
      },
      a,
      { standardError: error, degrees: fit.degrees },
      scale,
    ),
  );
  return result;
}

function error2(value: number, error: number, degrees: number): number | null {
  return error > 0 && degrees > 0 ? tTwoSided(value / error, degrees) : null;
}
