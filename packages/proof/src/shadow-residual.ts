import { Matrix, solve } from "ml-matrix";

/** How strongly the weights of the shadows are held at their mean, as a share of the shadows' own size. */
const HOLD = 0.3;

/** A residual beyond what students of the unmarked reference have in common. */
export interface BeyondShadows {
  /** R minus the mean of the shadows' R. */
  readonly mean: Float64Array;
  /** R minus the combination of the shadows' R that comes nearest to it. */
  readonly fitted: Float64Array;
}

/**
 * Where a student must go astray, all of them do, and the key has no part in that: take from a suspect's residual what
 * the shadows show as well. The combination minimises ||R - sum_j c_j R_j||^2 + (HOLD s)^2 ||c - 1/S||^2, s the root
 * mean square of ||R_j||: a ridge regression (A. Hoerl and R. Kennard, Technometrics 12, 1970) towards the mean, for some
 * shadows are nearer to the suspect in kind than others. It is a function of R and of the shadows alone.
 *
 * @param matrix R of the suspect, row-major [k, m]
 * @param shadows R_j of each shadow, formed by the same formula, at least one
 */
export function beyondShadows(matrix: Float64Array, shadows: readonly Float64Array[]): BeyondShadows {
  const count = shadows.length;
  const equal = new Float64Array(count).fill(1 / count);
  const gram = Matrix.zeros(count, count);
  const side = Matrix.zeros(count, 1);
  for (const [i, a] of shadows.entries()) {
    for (const [j, b] of shadows.entries()) gram.set(i, j, dot(a, b));
    side.set(i, 0, dot(a, matrix));
  }
  const hold = (HOLD * HOLD * gram.trace()) / count;
  for (let i = 0; i < count; i++) {
    gram.set(i, i, gram.get(i, i) + hold);
    side.set(i, 0, side.get(i, 0) + hold / count);
  }
  const fitted = hold > 0 ? Float64Array.from(solve(gram, side).to1DArray()) : equal;
  return { mean: less(matrix, shadows, equal), fitted: less(matrix, shadows, fitted) };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function less(matrix: Float64Array, shadows: readonly Float64Array[], weights: Float64Array): Float64Array {
  const out = Float64Array.from(matrix);
  for (const [j, shadow] of shadows.entries()) {
    const weight = weights[j] ?? 0;
    for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) - weight * (shadow[i] ?? 0);
  }
  return out;
}
