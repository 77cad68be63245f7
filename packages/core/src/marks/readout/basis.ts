import { matmul } from "@indicia/runtime/kernels";
import { EigenvalueDecomposition, Matrix, QrDecomposition } from "ml-matrix";
import { CoreError } from "../../error.js";

/**
 * Keyed dimensions. T^2 cannot pass k (m-1), and what labels and rounded answers reveal grows up to about here; more
 * only cost inference time without ever being resolved by a few hundred probes.
 */
const KEYED_DIMENSIONS = 96;
/** Calibration rows per keyed dimension; with fewer, the trailing directions are noise of the sample. */
const ROWS_PER_DIMENSION = 4;
/** Directions whose variance is below this share of the largest are rounding noise, not features. */
const MIN_RELATIVE_VARIANCE = 1e-7;
/** Variance that double precision leaves of features that do not vary, as a share of their mean's square. */
const ROUNDING_VARIANCE = 1e-20;
/** Block power iterations; the spectrum of penultimate features falls fast, so the leading space settles early. */
const ITERATIONS = 24;
/** Extra directions carried along, so that the last wanted one converges too. */
const OVERSAMPLING = 16;

/** The frozen coordinates of the read-out mark: phi(x) = B (h(x) - mu), with unit variance on calibration data, weighted as below. */
export interface Basis {
  readonly features: number;
  readonly dimensions: number;
  /** mu, length d. */
  readonly mean: Float64Array;
  /** B = L^(-1/2) U^T, row-major [k, d]. */
  readonly rows: Float64Array;
}

/**
 * How many principal directions carry the key.
 *
 * @param features d
 * @param calibrationRows n
 */
export function keyedDimensions(features: number, calibrationRows: number): number {
  const affordable = Math.floor(calibrationRows / ROWS_PER_DIMENSION);
  return Math.max(1, Math.min(KEYED_DIMENSIONS, features - 1, affordable));
}

/**
 * Principal directions of penultimate features by block power iteration with Rayleigh-Ritz (Y. Saad, "Numerical
 * Methods for Large Eigenvalue Problems", 2nd ed., section 5.1).
 *
 * @param h features, row-major [n, d], finite
 * @param options.dimensions k wanted; fewer come back where the features span fewer
 * @param options.weights how much each row counts, length n, not all zero; default equally
 * @param options.throughOrigin for read-outs without a bias: directions orthogonal to the mean, so that
 *   B (h - mu) = B h and no constant has to be stored
 * @throws CoreError FEATURES_DEGENERATE where the features do not vary
 */
export async function principalBasis(
  h: Float64Array,
  n: number,
  options: {
    readonly features: number;
    readonly dimensions: number;
    readonly throughOrigin: boolean;
    readonly weights?: Float64Array;
  },
): Promise<Basis> {
  const d = options.features;
  const weights = unitMean(options.weights ?? new Float64Array(n).fill(1));
  const mean = weightedMeans(h, weights, d);
  const centred = new Float64Array(h.length);
  for (let i = 0; i < n; i++) {
    const root = Math.sqrt(at(weights, i));
    for (let j = 0; j < d; j++) centred[i * d + j] = root * (at(h, i * d + j) - at(mean, j));
  }
  if (options.throughOrigin) projectOut(centred, n, d, mean);
  const transposed = transpose(centred, n, d);
  const width = Math.min(d, n, options.dimensions + OVERSAMPLING);
  let block = startingBlock(d, width);
  for (let i = 0; i < ITERATIONS; i++) {
    const image = await matmul(transposed, [d, n], await matmul(centred, [n, d], block, [d, width]), [
      n,
      width,
    ]);
    block = orthonormal(image, d, width);
  }
  const projected = await matmul(centred, [n, d], block, [d, width]);
  const small = await matmul(transpose(projected, n, width), [width, n], projected, [n, width]);
  const eigen = new EigenvalueDecomposition(toMatrix(small, width, width).div(n), { assumeSymmetric: true });
  return assemble(eigen, block, { d, width, dimensions: options.dimensions, mean });
}

function assemble(
  eigen: EigenvalueDecomposition,
  block: Float64Array,
  shape: { d: number; width: number; dimensions: number; mean: Float64Array },
): Basis {
  const { d, width, mean } = shape;
  const order = eigen.realEigenvalues
    .map((value, index) => ({ value, index }))
    .sort((a, b) => b.value - a.value);
  const largest = order[0]?.value ?? 0;
  const kept = order
    .filter(({ value }) => value > largest * MIN_RELATIVE_VARIANCE)
    .slice(0, shape.dimensions);
  // What rounding leaves of constant features is no variance.
  const rounding = ROUNDING_VARIANCE * mean.reduce((sum, m) => sum + m * m, 0);
  if (!(largest > rounding) || kept.length === 0) {
    throw new CoreError(
      "FEATURES_DEGENERATE",
      "the penultimate features do not vary over the calibration data",
      "Give calibration data like what the model sees in use (--calibration).",
    );
  }
  const rows = new Float64Array(kept.length * d);
  for (const [r, { value, index }] of kept.entries()) {
    const scale = 1 / Math.sqrt(value);
    for (let j = 0; j < d; j++) {
      let sum = 0;
      for (let c = 0; c < width; c++) sum += at(block, j * width + c) * eigen.eigenvectorMatrix.get(c, index);
      rows[r * d + j] = sum * scale;
    }
  }
  return { features: d, dimensions: kept.length, mean, rows };
}

/**
 * phi(x) = B (h(x) - mu).
 *
 * @param h features, row-major [n, d]
 * @returns row-major [n, k]
 */
export function coordinates(basis: Basis, h: Float64Array, n: number): Float64Array {
  const { features: d, dimensions: k, rows, mean } = basis;
  const phi = new Float64Array(n * k);
  const centred = new Float64Array(d);
  const byFours = k - (k % 4);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) centred[j] = at(h, i * d + j) - at(mean, j);
    const own = phi.subarray(i * k, (i + 1) * k);
    for (let r = 0; r < byFours; r += 4) projectFour(rows, r, centred, own);
    for (let r = byFours; r < k; r++) own[r] = project(rows, r, centred);
  }
  return phi;
}

function project(rows: Float64Array, r: number, centred: Float64Array): number {
  const d = centred.length;
  let sum = 0;
  for (let j = 0; j < d; j++) sum += at(rows, r * d + j) * at(centred, j);
  return sum;
}

/** Four sums side by side, each in its own order as by itself: none waits for another's last addition. */
function projectFour(rows: Float64Array, r: number, centred: Float64Array, phi: Float64Array): void {
  const d = centred.length;
  let [a, b, c, e] = [0, 0, 0, 0];
  for (let j = 0; j < d; j++) {
    const x = at(centred, j);
    a += at(rows, r * d + j) * x;
    b += at(rows, (r + 1) * d + j) * x;
    c += at(rows, (r + 2) * d + j) * x;
    e += at(rows, (r + 3) * d + j) * x;
  }
  phi[r] = a;
  phi[r + 1] = b;
  phi[r + 2] = c;
  phi[r + 3] = e;
}

/** The basis as the bytes that a registration freezes: mu, then B, float64 little-endian. */
export function basisBytes(basis: Basis): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * (basis.mean.length + basis.rows.length)));
  let offset = 0;
  for (const array of [basis.mean, basis.rows]) {
    for (const value of array) {
      view.setFloat64(offset, value, true);
      offset += 8;
    }
  }
  return new Uint8Array(view.buffer);
}

/**
 * @throws CoreError REGISTRATION_INVALID where the bytes have another size
 */
export function basisFromBytes(bytes: Uint8Array, features: number, dimensions: number): Basis {
  if (bytes.length !== 8 * features * (dimensions + 1)) {
    throw new CoreError(
      "REGISTRATION_INVALID",
      `the basis has ${bytes.length} bytes where ${8 * features * (dimensions + 1)} were registered`,
      "Restore the registration folder from a backup.",
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const all = new Float64Array(bytes.length / 8);
  for (let i = 0; i < all.length; i++) all[i] = view.getFloat64(8 * i, true);
  return { features, dimensions, mean: all.slice(0, features), rows: all.slice(features) };
}

function at(array: ArrayLike<number>, index: number): number {
  return array[index] ?? 0;
}

function unitMean(weights: Float64Array): Float64Array {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}

function weightedMeans(h: Float64Array, weights: Float64Array, d: number): Float64Array {
  const n = weights.length;
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) {
    const share = at(weights, i) / n;
    for (let j = 0; j < d; j++) mean[j] = at(mean, j) + share * at(h, i * d + j);
  }
  return mean;
}

function projectOut(rows: Float64Array, n: number, d: number, direction: Float64Array): void {
  let norm = 0;
  for (const x of direction) norm += x * x;
  if (norm === 0) return;
  for (let i = 0; i < n; i++) {
    let dot = 0;
    for (let j = 0; j < d; j++) dot += at(rows, i * d + j) * at(direction, j);
    for (let j = 0; j < d; j++) rows[i * d + j] = at(rows, i * d + j) - (dot / norm) * at(direction, j);
  }
}

function transpose(a: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = at(a, i * columns + j);
  return out;
}

/** A fixed, well-spread start (Weyl sequence): the basis must not depend on anything but the data. */
function startingBlock(d: number, width: number): Float64Array {
  const block = new Float64Array(d * width);
  for (let i = 0; i < block.length; i++) block[i] = (((i + 1) * 0.618033988749895) % 1) - 0.5;
  return orthonormal(block, d, width);
}

function toMatrix(a: Float64Array, rows: number, columns: number): Matrix {
  return Matrix.from1DArray(rows, columns, a);
}

function orthonormal(block: Float64Array, d: number, width: number): Float64Array {
  const q = new QrDecomposition(toMatrix(block, d, width)).orthogonalMatrix;
  const out = new Float64Array(d * width);
  for (let i = 0; i < d; i++) for (let j = 0; j < width; j++) out[i * width + j] = q.get(i, j);
  return out;
}
