import { EVD, Matrix as Dense } from "ml-matrix";
import { matmul } from "@indicia/runtime/kernels";
import { transposed } from "./vectors.js";

/** Sides of a matrix that is decomposed at most: ten seconds each. */
export const MAX_DECOMPOSED = 1024;
/** Difference of the singular values, as a share of their size, up to which they may be those of one matrix. */
const ALIKE = 0.1;
/** Singular values below this share of the largest one have no direction that could be told. */
const LEAST_SHARE = 1e-6;

/** What is left of a matrix whose both sides were rotated, brought into the reference's frame. */
export interface SpectralMatch {
  /** Row-major, like the reference: its singular vectors with the suspect's singular values. */
  readonly values: Float32Array;
}

/**
 * A matrix of which rows and columns were both mixed orthogonally keeps nothing but its singular values. In the frame
 * of the reference's singular vectors they are the part of a change on the n directions u_i v_i^T, to first order
 * (G. W. Stewart and J. Sun, Matrix Perturbation Theory, 1990, theorem IV.2.3 by way of the Gram matrix): of n x n
 * marked weights some n are still read.
 *
 * @param reference row-major [rows, columns], neither beyond {@link MAX_DECOMPOSED}
 * @param suspect of the same shape
 * @returns null where the singular values are not those of a copy
 */
export async function matchSpectrum(
  reference: Float32Array,
  suspect: Float32Array,
  rows: number,
): Promise<SpectralMatch | null> {
  const columns = reference.length / rows;
  if (columns < rows) {
    const match = await matchSpectrum(transposed(reference, rows), transposed(suspect, rows), columns);
    return match === null ? null : { values: transposed(match.values, columns) };
  }
  const theirs = singularValues(await eigen(suspect, rows));
  const own = await eigen(reference, rows);
  const ours = singularValues(own);
  if (distance(ours, theirs) > ALIKE) return null;
  // U (S' / S) U^T times the reference is U S' V^T without V.
  const vectors = own.eigenvectorMatrix;
  const least = LEAST_SHARE * (ours.at(-1) ?? 0);
  const [scaled, plain] = [new Float32Array(rows * rows), new Float32Array(rows * rows)];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      const ratio = (ours[j] as number) > least ? (theirs[j] as number) / (ours[j] as number) : 1;
      plain[j * rows + i] = vectors.get(i, j);
      scaled[i * rows + j] = vectors.get(i, j) * ratio;
    }
  }
  const frame = await matmul(scaled, [rows, rows], plain, [rows, rows]);
  return { values: await matmul(frame, [rows, rows], reference, [rows, columns]) };
}

/** Eigenvalues, ascending, and vectors of a matrix times its transpose. */
async function eigen(matrix: Float32Array, rows: number): Promise<EVD> {
  const columns = matrix.length / rows;
  const gram = await matmul(matrix, [rows, columns], transposed(matrix, rows), [columns, rows]);
  return new EVD(Dense.from1DArray(rows, rows, gram), { assumeSymmetric: true });
}

function singularValues({ realEigenvalues }: EVD): number[] {
  return realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)));
}

function distance(a: readonly number[], b: readonly number[]): number {
  let [difference, square] = [0, 0];
  for (const [i, value] of a.entries()) {
    difference += (value - (b[i] ?? 0)) ** 2;
    square += value * value;
  }
  return square === 0 ? Number.POSITIVE_INFINITY : Math.sqrt(difference / square);
}
