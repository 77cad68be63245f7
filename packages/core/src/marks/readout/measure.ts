import type { Measured } from "@indicia/evidence/measure-answers";
import { quantise } from "@indicia/proof/statistic";
import { int16Bytes } from "@indicia/evidence/numbers";
import type { Basis } from "./basis.js";

/**
 * The read-out of an open file: the change of its effective weights, back in phi coordinates.
 * R_r = (W' - W) B_r / ||B_r||^2 for each row B_r of the basis.
 *
 * @param suspect W', row-major [m, d]
 * @param reference W, row-major [m, d]
 */
export function measureReadoutFile(
  suspect: Float64Array,
  reference: Float64Array,
  basis: Basis,
  shape: { readonly classes: number; readonly name: string },
): Measured {
  const { features: d, dimensions: k, rows } = basis;
  const m = shape.classes;
  const matrix = new Float64Array(k * m);
  for (let r = 0; r < k; r++) {
    let norm = 0;
    for (let j = 0; j < d; j++) norm += (rows[r * d + j] ?? 0) ** 2;
    for (let c = 0; c < m; c++) {
      let sum = 0;
      for (let j = 0; j < d; j++) {
        const change = (suspect[c * d + j] ?? 0) - (reference[c * d + j] ?? 0);
        sum += (Number.isFinite(change) ? change : 0) * (rows[r * d + j] ?? 0);
      }
      matrix[r * m + c] = norm > 0 ? sum / norm : 0;
    }
  }
  const id = `${shape.name}-readout`;
  return {
    residuals: [
      { id, carrier: { scheme: "readout/1", rows: k, columns: m }, file: `${id}.i16`, formed: null },
    ],
    files: new Map([[`${id}.i16`, int16Bytes(quantise(matrix))]]),
  };
}
