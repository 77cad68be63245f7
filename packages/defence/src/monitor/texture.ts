import { type Basis, coordinates, principalBasis } from "@indicia/core/marks/readout/basis";
import type { ObservedRows } from "./window.js";

/** Inputs looked at of each row, spread evenly: enough to tell made-up rows by, few enough for every query. */
const WIDEST = 1024;
/** Directions that hold most of what benign inputs have in common. */
const DIRECTIONS = 16;
/** Rows from which the directions are learnt: time grows with them, and the directions hardly change. */
const MOST_FIT_ROWS = 2000;
/** Rows at which a class's own mean and deviation count as much as everybody's. */
const SHRINKAGE = 20;
/** More deviations than so many say no more. */
const FURTHEST = 4;

/**
 * How much of an input is texture: what the principal directions of benign inputs leave of it. Noise and the small steps
 * of an augmentation by gradients are nearly all texture, while the features of the model hardly change.
 */
export interface Texture {
  readonly width: number;
  readonly basis: Basis;
  /** Mean and deviation of its logarithm, by class. */
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/** @returns null where the inputs are not at hand, or do not vary */
export async function fitTexture(benign: ObservedRows, classes: number): Promise<Texture | null> {
  const { inputs, rows } = benign;
  if (inputs === null) return null;
  const thin = thinned(inputs, rows);
  const width = thin.length / rows;
  const fitted = Math.min(rows, MOST_FIT_ROWS);
  const basis = await principalBasis(thin.subarray(0, fitted * width), fitted, {
    features: width,
    dimensions: Math.min(DIRECTIONS, width - 1),
    throughOrigin: false,
  }).catch(() => null);
  if (basis === null) return null;
  const texture = restsOf(basis, thin, rows);
  const everybody = momentsOf(texture, () => true);
  const of = Array.from({ length: classes }, (_, c) =>
    momentsOf(texture, (row) => benign.classes[row] === c),
  );
  const drawn = ({ count, mean, square }: Moments): Moments => {
    const weight = count + SHRINKAGE;
    return {
      count,
      mean: (count * mean + SHRINKAGE * everybody.mean) / weight,
      square: (count * square + SHRINKAGE * everybody.square) / weight,
    };
  };
  return {
    width: benign.inputs === null ? 0 : inputs.length / rows,
    basis,
    means: Float64Array.from(of, (own) => drawn(own).mean),
    deviations: Float64Array.from(of, (own) => {
      const { mean, square } = drawn(own);
      return Math.max(1e-3, Math.sqrt(Math.max(0, square - mean * mean)));
    }),
  };
}

/** Texture of rows in deviations from what is usual in their class, each within 4; zeros where inputs are not at hand. */
export function textureOf(texture: Texture | null, { inputs, rows, classes }: ObservedRows): Float32Array {
  const out = new Float32Array(rows);
  if (texture === null || inputs === null || inputs.length !== rows * texture.width) return out;
  const rests = restsOf(texture.basis, thinned(inputs, rows), rows);
  for (let i = 0; i < rows; i++) {
    const c = classes[i] ?? 0;
    const own = ((rests[i] ?? 0) - (texture.means[c] ?? 0)) / (texture.deviations[c] ?? 1);
    out[i] = Math.max(-FURTHEST, Math.min(FURTHEST, own));
  }
  return out;
}

/**
 * Logarithm of the norm of what the basis leaves of each row. Its directions are orthogonal, of length L^(-1/2), so that
 * a coordinate phi stands for phi^2 L of the squared norm.
 *
 * @param values row-major [rows, features]
 */
export function restsOf(basis: Basis, values: Float64Array, rows: number): Float64Array {
  const { features: d, dimensions: k, mean } = basis;
  const phi = coordinates(basis, values, rows);
  const variances = Float64Array.from({ length: k }, (_, r) => {
    let norm = 0;
    for (let j = 0; j < d; j++) norm += (basis.rows[r * d + j] ?? 0) ** 2;
    return 1 / norm;
  });
  return Float64Array.from({ length: rows }, (_, i) => {
    let whole = 0;
    for (let j = 0; j < d; j++) whole += ((values[i * d + j] ?? 0) - (mean[j] ?? 0)) ** 2;
    let left = whole;
    for (let r = 0; r < k; r++) left -= (phi[i * k + r] ?? 0) ** 2 * (variances[r] ?? 0);
    // Where the basis spans everything, rounding is all that is left.
    return Math.log(Math.sqrt(Math.max(left, 1e-9 * whole)) + 1e-9);
  });
}

function thinned(inputs: Float64Array, rows: number): Float64Array {
  const width = inputs.length / rows;
  if (width <= WIDEST) return inputs;
  const out = new Float64Array(rows * WIDEST);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < WIDEST; j++)
      out[i * WIDEST + j] = inputs[i * width + Math.floor((j * width) / WIDEST)] ?? 0;
  return out;
}

interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly square: number;
}

function momentsOf(values: Float64Array, counts: (row: number) => boolean): Moments {
  let count = 0;
  let mean = 0;
  let square = 0;
  for (const [row, value] of values.entries()) {
    if (!counts(row)) continue;
    count++;
    mean += value;
    square += value * value;
  }
  return count === 0 ? { count, mean, square } : { count, mean: mean / count, square: square / count };
}
