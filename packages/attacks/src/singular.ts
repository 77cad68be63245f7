import { matmul } from "@indicia/runtime/kernels";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** A matrix as the product of two, [rows, rank] and [rank, columns]. */
export interface Factors {
  readonly left: Float64Array;
  readonly right: Float64Array;
}

/**
 * The best product of a given rank (C. Eckart and G. Young, 1936): the matrix projected on the leading eigenvectors of
 * its smaller Gram matrix, which are its singular vectors; much faster than all singular values for long matrices.
 *
 * @param matrix row-major [rows, columns]
 */
export async function leading(
  matrix: Float64Array,
  rows: number,
  columns: number,
  rank: number,
): Promise<Factors> {
  if (rows < columns) {
    const turned = await leading(turn(matrix, rows, columns), columns, rows, rank);
    return { left: turn(turned.right, rank, rows), right: turn(turned.left, columns, rank) };
  }
  const gram = await matmul(turn(matrix, rows, columns), [columns, rows], matrix, [rows, columns]);
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(
    Matrix.from1DArray(columns, columns, gram),
    { assumeSymmetric: true },
  );
  const order = [...realEigenvalues.keys()].sort(
    (a, b) => (realEigenvalues[b] ?? 0) - (realEigenvalues[a] ?? 0),
  );
  const basis = new Float64Array(columns * rank);
  for (let j = 0; j < columns; j++)
    for (const [k, from] of order.slice(0, rank).entries())
      basis[j * rank + k] = eigenvectorMatrix.get(j, from);
  const left = await matmul(matrix, [rows, columns], basis, [columns, rank]);
  return { left, right: turn(basis, columns, rank) };
}

function turn(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(matrix.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = matrix[i * columns + j] ?? 0;
  return out;
}
