import { matmul } from "@indicia/runtime/kernels";
import { inverse, Matrix as Dense } from "ml-matrix";
import { cosine, transposed } from "./vectors.js";

/** Channels that are mixed at most: a system of this many equations is solved in seconds. */
export const MAX_MIXED = 1536;
/** Sizes of heads tried for mixtures within each head. */
const HEADS = [4, 8, 12, 16, 24, 32, 48, 64, 80, 96, 128] as const;
/** Correlation with columns that were left out of the fit from which a mixture is believed. */
const LEAST_HELD_OUT = 0.4;
/** Share of the best correlation that a narrower map must reach. */
const AS_GOOD = 0.97;
/** Columns per unknown of a free mixture; with fewer the fit would swallow much of the mark. */
const COLUMNS_PER_UNKNOWN = 2;
/** Ridge, as a share of the mean diagonal. */
const RIDGE = 1e-3;
const POWER_STEPS = 16;
/** Steps of the iteration for the nearest orthogonal matrix. */
const POLAR_STEPS = 12;

/** A linear map of channels, row-major [count, count]: suspect = matrix times reference. */
export interface Mixing {
  readonly kind: "rotation" | "heads";
  readonly matrix: Float32Array;
  /** What undoes it: the transpose of a rotation, else the inverse. */
  readonly undo: Float32Array;
}

/**
 * The linear map between the rows of a reference and those of a suspect, if there is one: a rotation of all of them
 * (P. Schoenemann, "A generalized solution of the orthogonal Procrustes problem", Psychometrika 31, 1966), or an
 * invertible map within each of several heads of equal size. A map is believed where it foretells columns that it was
 * not fitted to.
 *
 * @param reference row-major [count, columns]
 * @param suspect row-major [count, columns], columns in the reference's order
 * @param widest whether maps of all channels are tried, which takes seconds
 * @returns null where there is none
 */
export async function findMixing(
  reference: Float32Array,
  suspect: Float32Array,
  count: number,
  widest: "head" | "all",
): Promise<Mixing | null> {
  const columns = reference.length / count;
  if (count < 2 || count > MAX_MIXED || columns < 2) return null;
  const even = [part(reference, columns, 0), part(suspect, columns, 0)] as const;
  const odd = [part(reference, columns, 1), part(suspect, columns, 1)] as const;
  const heads = HEADS.filter((head) => head < count && count % head === 0);
  const tried = widest === "all" ? [...heads, "rotation" as const, count] : heads;
  const fits: { readonly form: number | "rotation"; readonly foretells: number }[] = [];
  for (const form of tried) {
    if (form !== "rotation" && columns < COLUMNS_PER_UNKNOWN * 2 * form) continue;
    const map = await fitted(...even, count, form);
    if (map !== null) fits.push({ form, foretells: await foretold(map, odd, count) });
  }
  const best = Math.max(0, ...fits.map(({ foretells }) => foretells));
  if (best < LEAST_HELD_OUT) return null;
  // The narrowest map that foretells about as well: wider ones only swallow more of a mark.
  const form = fits.find(({ foretells }) => foretells >= AS_GOOD * best)?.form ?? "rotation";
  const matrix = await fitted(reference, suspect, count, form);
  if (matrix === null) return null;
  if (form === "rotation") return rotationOf(matrix, count);
  const undo = inverted(matrix, count, form);
  return undo === null ? null : { kind: "heads", matrix, undo };
}

/** A rotation as a mixing. @param matrix orthogonal, row-major [count, count] */
export function rotationOf(matrix: Float32Array, count: number): Mixing {
  return { kind: "rotation", matrix, undo: transposed(matrix, count) };
}

async function fitted(
  reference: Float32Array,
  suspect: Float32Array,
  count: number,
  form: number | "rotation",
): Promise<Float32Array | null> {
  if (form !== "rotation") return blocks(reference, suspect, count, form);
  const { gram, cross } = await products(reference, suspect, count);
  return nearestRotation(gram, cross, count);
}

/** Apply a map to rows: matrix [count, count] times rows [count, columns]. */
export function mixed(matrix: Float32Array, rows: Float32Array, count: number): Promise<Float32Array> {
  return matmul(matrix, [count, count], rows, [count, rows.length / count]);
}

/** Every other column, from `first`. */
function part(matrix: Float32Array, columns: number, first: 0 | 1): Float32Array {
  const rows = matrix.length / columns;
  const width = Math.floor((columns - first + 1) / 2);
  const out = new Float32Array(rows * width);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < width; c++) out[r * width + c] = matrix[r * columns + first + 2 * c] as number;
  return out;
}

/** How well a map foretells a suspect's columns from the reference's. */
async function foretold(
  map: Float32Array,
  [reference, suspect]: readonly [Float32Array, Float32Array],
  count: number,
): Promise<number> {
  return cosine(await mixed(map, reference, count), suspect);
}

/** reference reference^T and suspect reference^T, row-major [count, count]. */
export async function products(
  reference: Float32Array,
  suspect: Float32Array,
  count: number,
): Promise<{ readonly gram: Float32Array; readonly cross: Float32Array }> {
  const columns = reference.length / count;
  const across = transposed(reference, count);
  const gram = await matmul(reference, [count, columns], across, [columns, count]);
  const cross = await matmul(suspect, [count, columns], across, [columns, count]);
  return { gram, cross };
}

/** suspect reference^T (reference reference^T + ridge)^-1, block by block. */
async function blocks(
  reference: Float32Array,
  suspect: Float32Array,
  count: number,
  size: number,
): Promise<Float32Array | null> {
  const columns = reference.length / count;
  const map = new Float32Array(count * count);
  for (let at = 0; at < count; at += size) {
    const rows = (matrix: Float32Array): Float32Array => matrix.subarray(at * columns, (at + size) * columns);
    const { gram, cross } = await products(rows(reference), rows(suspect), size);
    const solved = solve(gram, cross, size);
    if (solved === null) return null;
    for (let i = 0; i < size; i++) map.set(solved.subarray(i * size, (i + 1) * size), (at + i) * count + at);
  }
  return map;
}

/**
 * The orthogonal matrix nearest to the regression that {@link products} give, by Newton and Schulz:
 * X <- X (3 I - X^T X) / 2.
 */
export async function nearestRotation(
  gram: Float32Array,
  cross: Float32Array,
  count: number,
): Promise<Float32Array | null> {
  let x = solve(gram, cross, count);
  if (x === null) return null;
  const size = spectralNorm(x, count);
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) / size;
  for (let step = 0; step < POLAR_STEPS; step++) {
    const square: Float32Array = await matmul(transposed(x, count), [count, count], x, [count, count]);
    for (let i = 0; i < square.length; i++) square[i] = -(square[i] as number) / 2;
    for (let i = 0; i < count; i++) square[i * count + i] = (square[i * count + i] as number) + 1.5;
    x = await matmul(x, [count, count], square, [count, count]);
  }
  return x.every((value) => Number.isFinite(value)) ? x : null;
}

/** Largest singular value, about, by power iteration; the iteration above converges from any below sqrt(3). */
function spectralNorm(matrix: Float32Array, count: number): number {
  let vector = new Float64Array(count).fill(1);
  let norm = 1;
  for (let step = 0; step < POWER_STEPS; step++) {
    const image = new Float64Array(count);
    const back = new Float64Array(count);
    for (let i = 0; i < count; i++)
      for (let j = 0; j < count; j++)
        image[i] = (image[i] as number) + (matrix[i * count + j] as number) * (vector[j] as number);
    for (let i = 0; i < count; i++)
      for (let j = 0; j < count; j++)
        back[j] = (back[j] as number) + (matrix[i * count + j] as number) * (image[i] as number);
    const square = Math.sqrt(back.reduce((sum, v) => sum + v * v, 0));
    norm = Math.sqrt(square);
    vector = back.map((v) => v / (square === 0 ? 1 : square));
  }
  return norm > 0 && Number.isFinite(norm) ? norm : 1;
}

function solve(gram: Float32Array, cross: Float32Array, size: number): Float32Array | null {
  const g = dense(gram, size);
  let trace = 0;
  for (let i = 0; i < size; i++) trace += g.get(i, i);
  if (!(trace > 0)) return null;
  for (let i = 0; i < size; i++) g.set(i, i, g.get(i, i) + (RIDGE * trace) / size);
  try {
    return Float32Array.from(dense(cross, size).mmul(inverse(g)).to1DArray());
  } catch {
    return null;
  }
}

function inverted(map: Float32Array, count: number, size: number): Float32Array | null {
  const out = new Float32Array(count * count);
  for (let at = 0; at < count; at += size) {
    const block = Dense.zeros(size, size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) block.set(i, j, map[(at + i) * count + at + j] ?? 0);
    try {
      const undone = inverse(block);
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++) out[(at + i) * count + at + j] = undone.get(i, j);
    } catch {
      return null;
    }
  }
  return out;
}

function dense(values: Float32Array, size: number): Dense {
  return Dense.from1DArray(size, size, values);
}
