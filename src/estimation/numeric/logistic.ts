/** Steps of Newton's method; it stands still after a few where there is a maximum. */
const STEPS = 50;

/**
 * P(y = 1 | x) of each row by logistic regression: the coefficients of an intercept and the given columns by maximum likelihood (Newton's method, which
 * here is iteratively reweighted least squares: McCullagh and Nelder, Generalized Linear Models, 2.5). Columns are brought to mean 0 and sd 1 first;
 * those without spread are left out. Null where there is no maximum, because some combination of columns separates the outcomes.
 */
export function logisticProbabilities(
  outcomes: Uint8Array,
  columns: readonly Float64Array[],
): Float64Array | null {
  const n = outcomes.length;
  const x = [new Float64Array(n).fill(1), ...columns.flatMap((column) => standardized(column) ?? [])];
  const k = x.length;
  const beta = new Float64Array(k);
  let fitted = new Float64Array(n);
  for (let step = 0; step < STEPS; step += 1) {
    fitted = Float64Array.from({ length: n }, (_, row) => {
      let eta = 0;
      for (let j = 0; j < k; j += 1) eta += beta[j]! * x[j]![row]!;
      return 1 / (1 + Math.exp(-eta));
    });
    const gradient = new Float64Array(k);
    const information = Array.from({ length: k }, () => new Float64Array(k));
    for (let row = 0; row < n; row += 1) {
      const p = fitted[row]!;
      for (let a = 0; a < k; a += 1) {
        gradient[a]! += x[a]![row]! * (outcomes[row]! - p);
        for (let b = 0; b < k; b += 1) information[a]![b]! += x[a]![row]! * x[b]![row]! * p * (1 - p);
      }
    }
    const change = solve(information, gradient);
    if (!change) return null;
    let largest = 0;
    change.forEach((by, j) => {
      beta[j]! += by;
      largest = Math.max(largest, Math.abs(by));
    });
    // Coefficients of columns with sd 1 that run off belong to outcomes that are separated.
    if (beta.some((value) => Math.abs(value) > 30)) return null;
    if (largest < 1e-12) return fitted;
  }
  return null;
}

function standardized(column: Float64Array): Float64Array | null {
  const n = column.length;
  const middle = column.reduce((total, value) => total + value / n, 0);
  const spread = Math.sqrt(column.reduce((total, value) => total + (value - middle) ** 2 / n, 0));
  return spread > 1e-12 * Math.abs(middle) ? column.map((value) => (value - middle) / spread) : null;
}

/** Solves a symmetric positive definite system by Gauss's elimination with pivots; null where it is singular. */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array | null {
  const k = right.length;
  const rows = matrix.map((row, index) => [...row, right[index]!]);
  for (let at = 0; at < k; at += 1) {
    let pivot = at;
    for (let row = at + 1; row < k; row += 1)
      if (Math.abs(rows[row]![at]!) > Math.abs(rows[pivot]![at]!)) pivot = row;
    [rows[at], rows[pivot]] = [rows[pivot]!, rows[at]!];
    const own = rows[at]!;
    if (!(Math.abs(own[at]!) > 1e-12)) return null;
    for (let row = 0; row < k; row += 1) {
      if (row === at) continue;
      const factor = rows[row]![at]! / own[at]!;
      for (let column = at; column <= k; column += 1) rows[row]![column]! -= factor * own[column]!;
    }
  }
  return Float64Array.from(rows, (row, index) => row[k]! / row[index]!);
}
