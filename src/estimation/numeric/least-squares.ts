/** A straight-line fit of several columns: coefficients, the intercept first, and how uncertain each is. */
export interface LeastSquaresFit {
  /** Intercept, then one slope a column, in the order given. */
  readonly coefficients: readonly number[];
  /** Standard errors of the coefficients: HC3, or CR2 where clusters are given. */
  readonly standardErrors: readonly number[];
  /** Residual degrees of freedom: rows less coefficients, or clusters less one where clusters are given. */
  readonly degrees: number;
  readonly residuals: Float64Array;
}

/**
 * Ordinary least squares y = b₀ + Σ b_k x_k with heteroskedasticity-robust errors: HC3 (residuals divided by 1 − leverage; MacKinnon & White
 * 1985), or with clusters the CR2 estimator (Bell & McCaffrey 2002), whose blocks of residuals are multiplied by (I − H_gg)^(−1/2).
 * The normal equations are solved on centred columns scaled to unit spread, which keeps digits where columns differ in size.
 *
 * @returns null where the columns are collinear, there are no more rows than coefficients, or a row's leverage is 1
 */
export function leastSquares(
  y: Float64Array,
  columns: readonly Float64Array[],
  clusters: Int32Array | null = null,
): LeastSquaresFit | null {
  const n = y.length;
  const size = columns.length + 1;
  if (n <= size) return null;
  const scales = columns.map((column) => centreAndSpread(column));
  if (scales.some(({ spread }) => !(spread > 0))) return null;
  /** Row i of the design: 1, then the standardised columns. */
  const design = Array.from({ length: n }, (_, row) => [
    1,
    ...columns.map((column, k) => (column[row]! - scales[k]!.centre) / scales[k]!.spread),
  ]);
  const inverse = invertSymmetric(crossProduct(design, size));
  if (inverse === null) return null;
  const moments = Array.from({ length: size }, (_, k) =>
    design.reduce((total, x, row) => total + x[k]! * y[row]!, 0),
  );
  const standardised = inverse.map((line) => dot(line, moments));
  const residuals = Float64Array.from(y, (value, row) => value - dot(design[row]!, standardised));
  const covariance =
    clusters === null ? hc3(design, inverse, residuals) : cr2(design, inverse, residuals, clusters);
  if (covariance === null) return null;
  const { coefficients, standardErrors } = inOriginalUnits(standardised, covariance.matrix, scales);
  return { coefficients, standardErrors, degrees: covariance.degrees ?? n - size, residuals };
}

interface Scale {
  readonly centre: number;
  readonly spread: number;
}

function centreAndSpread(column: Float64Array): Scale {
  const centre = column.reduce((total, value) => total + value, 0) / column.length;
  const squares = column.reduce((total, value) => total + (value - centre) ** 2, 0);
  return { centre, spread: Math.sqrt(squares / column.length) };
}

type Matrix = number[][];

function hc3(design: Matrix, inverse: Matrix, residuals: Float64Array): Covariance | null {
  const size = inverse.length;
  const meat = zeros(size);
  for (const [row, x] of design.entries()) {
    const leverage = quadratic(inverse, x);
    if (leverage > 1 - 1e-12) return null;
    addOuter(meat, x, (residuals[row]! / (1 - leverage)) ** 2);
  }
  return { matrix: multiply(multiply(inverse, meat), inverse) };
}

interface Covariance {
  readonly matrix: Matrix;
  readonly degrees?: number;
}

function cr2(
  design: Matrix,
  inverse: Matrix,
  residuals: Float64Array,
  clusters: Int32Array,
): Covariance | null {
  const members = new Map<number, number[]>();
  clusters.forEach((cluster, row) => {
    const rows = members.get(cluster);
    if (rows) rows.push(row);
    else members.set(cluster, [row]);
  });
  if (members.size < 2) return null;
  const size = inverse.length;
  const meat = zeros(size);
  const root = squareRoot(inverse);
  if (root === null) return null;
  for (const rows of members.values()) {
    /*
     * X_g' (I − X_g M X_g')^(−1/2) e_g without the n_g × n_g block: with U = X_g M^(1/2) = Q Λ^(1/2) P', the function of the block acts as
     * (1 − λ)^(−1/2) on the columns of Q and as 1 elsewhere, so that X_g'(…)e_g = M^(−1/2) P (1 − λ)^(−1/2) P' M^(1/2) X_g'e_g.
     */
    const gram = crossProduct(
      rows.map((row) => multiplyVector(root.root, design[row]!)),
      size,
    );
    const { values, vectors } = eigenSymmetric(gram);
    if (values.some((value) => value > 1 - 1e-10)) return null;
    const score = Array.from({ length: size }, (_, k) =>
      rows.reduce((total, row) => total + design[row]![k]! * residuals[row]!, 0),
    );
    const turned = multiplyVector(transpose(vectors), multiplyVector(root.root, score));
    const stretched = turned.map((value, k) => value / Math.sqrt(1 - Math.max(0, values[k]!)));
    addOuter(meat, multiplyVector(root.inverse, multiplyVector(vectors, stretched)), 1);
  }
  return { matrix: multiply(multiply(inverse, meat), inverse), degrees: members.size - 1 };
}

/** Coefficients and errors of the columns as they were given, from those of the standardised ones. */
function inOriginalUnits(standardised: readonly number[], covariance: Matrix, scales: readonly Scale[]) {
  const size = standardised.length;
  const toIntercept = standardised.map((_, k) =>
    k === 0 ? 1 : -scales[k - 1]!.centre / scales[k - 1]!.spread,
  );
  const coefficients = standardised.map((value, k) =>
    k === 0 ? dot(toIntercept, standardised) : value / scales[k - 1]!.spread,
  );
  const standardErrors = Array.from({ length: size }, (_, k) =>
    k === 0
      ? Math.sqrt(quadratic(covariance, toIntercept))
      : Math.sqrt(covariance[k]![k]!) / scales[k - 1]!.spread,
  );
  return { coefficients, standardErrors };
}

function zeros(size: number): Matrix {
  return Array.from({ length: size }, () => new Array<number>(size).fill(0));
}

function addOuter(matrix: Matrix, x: readonly number[], weight: number): void {
  for (let i = 0; i < x.length; i += 1)
    for (let j = 0; j < x.length; j += 1) matrix[i]![j]! += weight * x[i]! * x[j]!;
}

function crossProduct(rows: Matrix, size: number): Matrix {
  const product = zeros(size);
  for (const row of rows) addOuter(product, row, 1);
  return product;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, value, k) => total + value * b[k]!, 0);
}

function quadratic(matrix: Matrix, x: readonly number[]): number {
  return dot(x, multiplyVector(matrix, x));
}

function multiplyVector(matrix: Matrix, x: readonly number[]): number[] {
  return matrix.map((line) => dot(line, x));
}

function multiply(a: Matrix, b: Matrix): Matrix {
  const columns = transpose(b);
  return a.map((line) => columns.map((column) => dot(line, column)));
}

function transpose(matrix: Matrix): Matrix {
  return matrix[0]!.map((_, k) => matrix.map((line) => line[k]!));
}

/** The inverse of a symmetric positive matrix by its eigenvalues; null where it is (nearly) singular. */
function invertSymmetric(matrix: Matrix): Matrix | null {
  return fromEigen(matrix, (value) => 1 / value);
}

function squareRoot(matrix: Matrix): { root: Matrix; inverse: Matrix } | null {
  const root = fromEigen(matrix, Math.sqrt);
  const inverse = fromEigen(matrix, (value) => 1 / Math.sqrt(value));
  return root && inverse && { root, inverse };
}

function fromEigen(matrix: Matrix, of: (value: number) => number): Matrix | null {
  const { values, vectors } = eigenSymmetric(matrix);
  const largest = Math.max(...values);
  if (!(largest > 0) || values.some((value) => value < largest * 1e-12)) return null;
  const size = matrix.length;
  const result = zeros(size);
  for (let k = 0; k < size; k += 1)
    addOuter(
      result,
      vectors.map((line) => line[k]!),
      of(values[k]!),
    );
  return result;
}

/** Eigenvalues and eigenvectors (as columns) of a small symmetric matrix, by Jacobi's rotations (1846): slow for large ones, exact for these. */
function eigenSymmetric(symmetric: Matrix): { values: number[]; vectors: Matrix } {
  const size = symmetric.length;
  const a = symmetric.map((line) => [...line]);
  const vectors = zeros(size).map((line, k) => line.map((_, j) => (j === k ? 1 : 0)));
  for (let sweep = 0; sweep < 60; sweep += 1) {
    let off = 0;
    for (let i = 0; i < size; i += 1) for (let j = 0; j < i; j += 1) off += a[i]![j]! ** 2;
    const diagonal = a.reduce((total, line, k) => total + line[k]! ** 2, 0);
    if (off <= diagonal * 1e-32) break;
    for (let p = 0; p < size; p += 1) for (let q = p + 1; q < size; q += 1) rotate(a, vectors, p, q);
  }
  return { values: a.map((line, k) => line[k]!), vectors };
}

function rotate(a: Matrix, vectors: Matrix, p: number, q: number): void {
  if (a[p]![q] === 0) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (const line of a) {
    const [x, y] = [line[p]!, line[q]!];
    line[p] = c * x - s * y;
    line[q] = s * x + c * y;
  }
  for (let k = 0; k < a.length; k += 1) {
    const [x, y] = [a[p]![k]!, a[q]![k]!];
    a[p]![k] = c * x - s * y;
    a[q]![k] = s * x + c * y;
  }
  for (const line of vectors) {
    const [x, y] = [line[p]!, line[q]!];
    line[p] = c * x - s * y;
    line[q] = s * x + c * y;
  }
}
