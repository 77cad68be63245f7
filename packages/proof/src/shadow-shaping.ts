import { Matrix, solve } from "ml-matrix";

/** Ridge of the spread, as a share of its mean variance: shadows are few, and theirs is not the suspect's spread. */
const RIDGE = 0.1;

/**
 * The key-free map that weighs keyed dimensions by how far students of the unmarked reference stray there:
 * (S + ridge)^-1, S the k x k covariance of the shadows' residual matrices around their mean, pooled over classes. For a
 * carrier that is white and noise of covariance S (x) I this is the matched filter.
 *
 * @param shadows R of each shadow, row-major [k, m]
 * @returns row-major [k, k]
 */
export function spreadMap(shadows: readonly Float64Array[], k: number): Float64Array {
  const spread = Matrix.zeros(k, k);
  const size = shadows[0]?.length ?? 0;
  const mean = new Float64Array(size);
  for (const matrix of shadows)
    for (let i = 0; i < size; i++) mean[i] = (mean[i] ?? 0) + (matrix[i] ?? 0) / shadows.length;
  const m = size / k;
  for (const matrix of shadows) {
    const astray = Matrix.from1DArray(
      k,
      m,
      matrix.map((value, i) => value - (mean[i] ?? 0)),
    );
    spread.add(astray.mmul(astray.transpose()));
  }
  const variance = spread.trace() / k;
  // A scale of its own would change nothing: T is the same for a multiple of R.
  const scaled = variance > 0 ? spread.div(variance) : spread;
  return Float64Array.from(solve(scaled.add(Matrix.eye(k).mul(RIDGE)), Matrix.eye(k)).to1DArray());
}
