import { type Basis, coordinates } from "@indicia/core/marks/readout/basis";
import { exactSums, quantise, statistic } from "@indicia/proof/statistic";

/**
 * T of a customer's mark in a residual of probabilities, plain: R = P^T E / n, columns of P and E centred.
 *
 * @param probes features of the probes, row-major [rows, d]
 * @param residual E, row-major [rows, classes]
 */
export function markStrength(
  probes: { readonly rows: number; readonly classes: number; readonly features: Float64Array },
  residual: Float64Array,
  mark: { readonly basis: Basis; readonly carrier: Int8Array },
): number {
  const { rows, classes } = probes;
  const { dimensions } = mark.basis;
  const phi = centred(coordinates(mark.basis, probes.features, rows), dimensions);
  const errors = centred(residual, classes);
  const matrix = new Float64Array(dimensions * classes);
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < dimensions; k++)
      for (let c = 0; c < classes; c++)
        matrix[k * classes + c] =
          (matrix[k * classes + c] ?? 0) +
          ((phi[row * dimensions + k] ?? 0) * (errors[row * classes + c] ?? 0)) / rows;
  return statistic(exactSums(mark.carrier, quantise(matrix)));
}

function centred(values: Float64Array, width: number): Float64Array {
  const rows = values.length / width;
  const means = new Float64Array(width);
  for (const [at, value] of values.entries()) means[at % width] = (means[at % width] ?? 0) + value / rows;
  return values.map((value, at) => value - (means[at % width] ?? 0));
}
