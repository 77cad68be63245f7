import { matmul } from "@indicia/runtime/kernels";
import type { AxisMap } from "./axis-map.js";
import type { Matrix } from "./matrix.js";
import { transposed } from "./vectors.js";

/**
 * Numbers of a row that are compared: a cosine over 1,536 has an error below 0.03; vocabularies of a hundred thousand
 * rows are told apart by fewer, so that those of all rows together stay below 128 MB.
 */
const COMPARED = { most: 1536, least: 128, together: 2 ** 25 } as const;
/** Cosines in memory at a time: 128 MB. */
const MAX_COSINES: number = 2 ** 25;
/** Where so large a share of rows has so large a cosine with the row in its place, no other order is looked for. */
const SURELY = { cosine: 0.9, share: 0.9 } as const;
/** Rows and numbers by which it is decided whether two tensors have anything to do with each other. */
const PROBED = { rows: 24, numbers: 384 } as const;
/** By how much a row in its own place is preferred: quantised rows are equal to several others. */
const IN_PLACE = 1.03;
/** A matrix whose rows are compared: the output channels of a tensor, or its input channels. */
export interface Rows {
  readonly count: number;
  readonly columns: number;
  readonly kernel: number;
  readonly rowStride: number;
  readonly columnStride: number;
  readonly values: Float32Array;
}

/** @param side which channels of the matrix are the rows */
export function rowsOf({ out, inn, kernel, values }: Matrix, side: "out" | "inn"): Rows {
  const [rowStride, columnStride] = side === "out" ? [inn * kernel, kernel] : [kernel, inn * kernel];
  const [count, columns] = side === "out" ? [out, inn] : [inn, out];
  return { count, columns, kernel, rowStride, columnStride, values };
}

/** Which row of the suspect each row of the reference is. */
export interface RowMatch {
  /** Length of the reference's rows: the suspect's row, or -1. */
  readonly index: Int32Array;
  /** Cosine with it, signed; 0 where there is none. */
  readonly cosine: Float64Array;
}

/**
 * How much the rows of two tensors resemble each other, from a few of them: 0 for what chance gives, 1 for equality.
 */
export async function likeness(reference: Rows, suspect: Rows, columns: AxisMap): Promise<number> {
  const ours = reference.count <= suspect.count;
  const [few, many] = ours ? [reference.count, suspect.count] : [suspect.count, reference.count];
  const picked = comparedColumns(columns, reference.kernel, PROBED.numbers);
  if (picked.length === 0) return 0;
  const probes = spread(few, PROBED.rows);
  const found = await cosines(
    unitRows(reference, picked, "reference", ours ? probes : null),
    unitRows(suspect, picked, "suspect", ours ? null : probes),
    picked.length,
  );
  const mean = meanBest(ours ? found : transposed(found, reference.count), probes.length, many);
  return aboveChance(mean, chanceCosine(many, picked.length));
}

/**
 * Match the rows (output channels) of a reference tensor to those of a suspect's, the columns being known.
 *
 * A row is recognised by its cosine with the reference's row, whatever its order, its scale and its sign. Rows that
 * either side has alone stay without a partner. Nothing but reference and suspect enters.
 *
 * @param least likeness that the matched rows must have
 * @returns null where they have not
 */
export async function matchRows(
  reference: Rows,
  suspect: Rows,
  columns: AxisMap,
  least: number,
): Promise<RowMatch | null> {
  const few = Math.min(reference.count, suspect.count);
  const many = Math.max(reference.count, suspect.count);
  const numbers = Math.min(COMPARED.most, Math.max(COMPARED.least, Math.floor(COMPARED.together / many)));
  const picked = comparedColumns(columns, reference.kernel, numbers);
  if (picked.length === 0) return null;
  const n = picked.length;
  const ours = unitRows(reference, picked, "reference", null);
  const theirs = unitRows(suspect, picked, "suspect", null);
  const chance = chanceCosine(many, n);
  const match = inPlace(ours, theirs, n) ?? (await assigned(ours, theirs, n, chance));
  const matched = [...match.index.keys()].filter((r) => (match.index[r] ?? -1) >= 0);
  const mean =
    matched.reduce((sum, r) => sum + Math.abs(match.cosine[r] ?? 0), 0) / Math.max(1, matched.length);
  return matched.length >= few / 2 && aboveChance(mean, chance) >= least ? match : null;
}

/** Every row in its own place, where nearly all of them surely are; null where they are not. */
function inPlace(a: Float32Array, b: Float32Array, n: number): RowMatch | null {
  if (a.length !== b.length) return null;
  const count = a.length / n;
  const cosine = new Float64Array(count);
  let sure = 0;
  for (let r = 0; r < count; r++) {
    let dot = 0;
    for (let j = r * n; j < (r + 1) * n; j++) dot += (a[j] as number) * (b[j] as number);
    cosine[r] = dot;
    if (dot >= SURELY.cosine) sure++;
  }
  if (sure < SURELY.share * count) return null;
  return { index: Int32Array.from({ length: count }, (_, r) => ((cosine[r] ?? 0) > 0 ? r : -1)), cosine };
}

/** Partners by cosine; of very long lists only pairs that are each other's best. */
async function assigned(a: Float32Array, b: Float32Array, n: number, chance: number): Promise<RowMatch> {
  const [rows, others] = [a.length / n, b.length / n];
  if (rows * others <= MAX_COSINES) return assign(await cosines(a, b, n), rows, others, chance);
  const index = new Int32Array(rows).fill(-1);
  const value = new Float64Array(rows);
  const rival = new Int32Array(others).fill(-1);
  const most = new Float64Array(others);
  const step = Math.max(1, Math.floor(MAX_COSINES / others));
  for (let from = 0; from < rows; from += step) {
    const part = await cosines(a.subarray(from * n, Math.min(rows, from + step) * n), b, n);
    for (let r = from; r < Math.min(rows, from + step); r++) {
      for (let c = 0; c < others; c++) {
        const found = part[(r - from) * others + c] as number;
        const size = Math.abs(found);
        if (size > chance && size > Math.abs(value[r] as number)) {
          value[r] = found;
          index[r] = c;
        }
        if (size > (most[c] as number)) {
          most[c] = size;
          rival[c] = r;
        }
      }
    }
  }
  for (let r = 0; r < rows; r++) {
    if ((index[r] as number) >= 0 && rival[index[r] as number] === r) continue;
    index[r] = -1;
    value[r] = 0;
  }
  return { index, cosine: value };
}

function aboveChance(cosine: number, chance: number): number {
  return (cosine - chance) / (1 - chance);
}

/** Largest of `many` cosines between directions in n dimensions that have nothing to do with each other, about. */
function chanceCosine(many: number, n: number): number {
  return Math.min(0.97, Math.sqrt((2 * Math.log(Math.max(2, many))) / n));
}

/** A column of the reference, where it lies in the suspect, and its scale there. */
interface Picked {
  readonly reference: number;
  readonly suspect: number;
  readonly tap: number;
  readonly scale: number;
}

function comparedColumns({ index, scale }: AxisMap, kernel: number, numbers: number): Picked[] {
  const known = [...index.keys()].filter((i) => (index[i] ?? -1) >= 0);
  const channels = spread(known.length, Math.max(1, Math.floor(numbers / kernel))).map(
    (at) => known[at] ?? 0,
  );
  return channels.flatMap((i) =>
    Array.from({ length: kernel }, (_, k) => ({
      reference: i,
      suspect: index[i] ?? 0,
      tap: k,
      scale: scale[i] ?? 1,
    })),
  );
}

/** `count` of `total` positions at equal distances. */
function spread(total: number, count: number): number[] {
  const some = Math.min(total, count);
  return Array.from({ length: some }, (_, i) => Math.floor((i * total) / some));
}

/**
 * Rows of unit length, row-major; rows that are zero or not finite become zero. The reference is brought to the
 * suspect's scale and not the other way round: whatever noise a suspect has was added in its own.
 */
function unitRows(
  { count, rowStride, columnStride, values }: Rows,
  picked: readonly Picked[],
  side: "reference" | "suspect",
  rows: readonly number[] | null,
): Float32Array {
  const n = picked.length;
  const at = Int32Array.from(picked, (each) => each[side] * columnStride + each.tap);
  const factor = Float64Array.from(picked, ({ scale }) => (side === "reference" ? scale : 1));
  const chosen = rows?.length ?? count;
  const unit = new Float32Array(chosen * n);
  for (let to = 0; to < chosen; to++) {
    const base = (rows === null ? to : (rows[to] as number)) * rowStride;
    let square = 0;
    for (let j = 0; j < n; j++) {
      const value = (values[base + (at[j] as number)] as number) * (factor[j] as number);
      unit[to * n + j] = value;
      square += value * value;
    }
    const norm = square > 0 && Number.isFinite(square) ? 1 / Math.sqrt(square) : 0;
    for (let j = to * n; j < (to + 1) * n; j++) unit[j] = norm === 0 ? 0 : (unit[j] as number) * norm;
  }
  return unit;
}

/** @returns a b^T, row-major [rows of a, rows of b] */
async function cosines(a: Float32Array, b: Float32Array, n: number): Promise<Float32Array> {
  const others = b.length / n;
  return matmul(a, [a.length / n, n], transposed(b, others), [n, others]);
}

function meanBest(cosine: Float32Array, rows: number, others: number): number {
  let sum = 0;
  for (let r = 0; r < rows; r++) {
    let best = 0;
    for (let c = 0; c < others; c++) best = Math.max(best, Math.abs(cosine[r * others + c] as number));
    sum += best;
  }
  return sum / rows;
}

/**
 * One partner for each row: pairs that are each other's best first, then the best pairs of what is left, as long as
 * they are above what chance gives.
 */
function assign(cosine: Float32Array, rows: number, others: number, chance: number): RowMatch {
  const index = new Int32Array(rows).fill(-1);
  const value = new Float64Array(rows);
  const takenColumns = new Uint8Array(others);
  const open = new Set(Array.from({ length: rows }, (_, r) => r));
  for (;;) {
    const bestOfColumn = new Int32Array(others).fill(-1);
    const bestOfRow = new Map<number, number>();
    for (const r of open) {
      let best = -1;
      let most = chance;
      for (let c = 0; c < others; c++) {
        if (takenColumns[c] === 1) continue;
        const size = Math.abs(cosine[r * others + c] as number) * (c === r ? IN_PLACE : 1);
        if (size > most) {
          most = size;
          best = c;
        }
        const rival = bestOfColumn[c] as number;
        if (rival < 0 || size > Math.abs(cosine[rival * others + c] as number)) bestOfColumn[c] = r;
      }
      if (best >= 0) bestOfRow.set(r, best);
    }
    let found = 0;
    for (const [r, c] of bestOfRow) {
      if (bestOfColumn[c] !== r) continue;
      index[r] = c;
      value[r] = cosine[r * others + c] as number;
      takenColumns[c] = 1;
      open.delete(r);
      found++;
    }
    if (found === 0) return { index, cosine: value };
  }
}
