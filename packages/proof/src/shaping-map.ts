import { EigenvalueDecomposition, Matrix, SingularValueDecomposition, solve } from "ml-matrix";

/** Scheme of the shapings below; registered, so that its meaning cannot change under an examination. */
export type Shaping = "raw" | "whitened" | "clipped";

/** Ridge of the whitening, as a share of the mean variance of phi over the probes. */
const RIDGE = 0.1;

/**
 * The key-free linear map of a shaping; null stands for the identity.
 *
 * - `whitened`: (P^T P / n + ridge)^-1, which undoes the correlations of phi among the probes;
 * - `clipped`: singular values of R above their median are set to it: the systematic mismatch between a suspect
 *   and the reference sits in the few largest.
 *
 * @param phi row-major [n, k], of which the first `count` rows count
 * @param matrix R, row-major [k, m]
 * @returns row-major [k, k], or null
 */
export function shapingMap(
  shaping: Shaping,
  given: {
    readonly phi: Float64Array;
    readonly count: number;
    readonly k: number;
    readonly matrix: Float64Array;
  },
): Float64Array | null {
  if (shaping === "raw") return null;
  return shaping === "whitened"
    ? whitening(given.phi, given.count, given.k)
    : clipping(given.matrix, given.k);
}

function whitening(phi: Float64Array, count: number, k: number): Float64Array {
  const moments = Matrix.from1DArray(k, k, centredMoments(phi, count, k));
  const ridge = (RIDGE * moments.trace()) / k || 1;
  return Float64Array.from(solve(moments.add(Matrix.eye(k).mul(ridge)), Matrix.eye(k)).to1DArray());
}

/** P^T P / n of the first `count` rows, centred; row-major [k, k]. */
function centredMoments(phi: Float64Array, count: number, k: number): Float64Array {
  const mean = new Float64Array(k);
  for (let i = 0; i < count; i++)
    for (let r = 0; r < k; r++) mean[r] = (mean[r] ?? 0) + (phi[i * k + r] ?? 0) / count;
  const moments = new Float64Array(k * k);
  const row = new Float64Array(k);
  for (let i = 0; i < count; i++) {
    for (let r = 0; r < k; r++) row[r] = (phi[i * k + r] ?? 0) - (mean[r] ?? 0);
    for (let r = 0; r < k; r++) {
      const x = (row[r] ?? 0) / count;
      const at = r * k;
      for (let s = 0; s <= r; s++) moments[at + s] = (moments[at + s] ?? 0) + x * (row[s] ?? 0);
    }
  }
  for (let r = 0; r < k; r++) for (let s = 0; s < r; s++) moments[s * k + r] = moments[r * k + s] ?? 0;
  return moments;
}

function clipping(matrix: Float64Array, k: number): Float64Array {
  const r = Matrix.from1DArray(k, matrix.length / k, matrix);
  const { values, vectors } = leftSingular(r);
  const positive = values.filter((value) => value > 0).sort((a, b) => a - b);
  const median = positive[Math.floor(positive.length / 2)] ?? 0;
  const map = Matrix.zeros(k, k);
  for (const [index, value] of values.entries()) {
    const scale = value > median ? median / value : 1;
    for (let i = 0; i < k; i++) {
      const x = scale * vectors.get(i, index);
      for (let j = 0; j < k; j++) map.set(i, j, map.get(i, j) + x * vectors.get(j, index));
    }
  }
  return Float64Array.from(map.to1DArray());
}

/** Left singular vectors of a wide matrix from R R^T, of a tall one from its decomposition: both k x k or smaller. */
function leftSingular(r: Matrix): { values: number[]; vectors: Matrix } {
  if (r.columns >= r.rows) {
    const eigen = new EigenvalueDecomposition(r.mmul(r.transpose()), { assumeSymmetric: true });
    return {
      values: eigen.realEigenvalues.map((value) => Math.sqrt(Math.max(value, 0))),
      vectors: eigen.eigenvectorMatrix,
    };
  }
  const svd = new SingularValueDecomposition(r, { autoTranspose: true });
  return { values: svd.diagonal, vectors: svd.leftSingularVectors };
}
