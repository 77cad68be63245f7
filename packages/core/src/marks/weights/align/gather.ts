import { matmul } from "@indicia/runtime/kernels";
import type { AxisMap } from "./axis-map.js";
import type { Matrix } from "./matrix.js";
import { mixed, type Mixing } from "./mixing.js";

/** The suspect's numbers in the reference's places; signs of the maps are undone, and scales where `undo` says so. */
export function gathered(
  suspect: Matrix,
  rows: AxisMap,
  columns: AxisMap,
  undo: "signs" | "signs and scales",
): Matrix {
  const { kernel } = suspect;
  const [out, inn] = [rows.size, columns.size];
  const values = new Float32Array(out * inn * kernel).fill(Number.NaN);
  for (let o = 0; o < out; o++) {
    const row = rows.index[o] as number;
    if (row < 0) continue;
    for (let i = 0; i < inn; i++) {
      const column = columns.index[i] as number;
      if (column < 0) continue;
      const scale = (rows.scale[o] as number) * (columns.scale[i] as number);
      const factor = undo === "signs" ? Math.sign(scale) : 1 / scale;
      const from = (row * suspect.inn + column) * kernel;
      const to = (o * inn + i) * kernel;
      for (let k = 0; k < kernel; k++) values[to + k] = (suspect.values[from + k] as number) * factor;
    }
  }
  return { out, inn, kernel, values };
}

/** A suspect's tensor with the mixture of its input or output channels undone; see {@link Mixing}. */
export async function unmixed(matrix: Matrix, side: "columns" | "rows", mixing: Mixing): Promise<Matrix> {
  const { out, inn, kernel, values } = matrix;
  if (side === "rows") return { ...matrix, values: await mixed(mixing.undo, values, out) };
  if (kernel !== 1) return matrix;
  return { ...matrix, values: await matmul(values, [out, inn], mixing.matrix, [inn, inn]) };
}

/** Squared difference over the reference's square, where the suspect has something. */
export function relativeError({ values }: Matrix, reference: Matrix): number {
  let [left, whole] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const original = reference.values[i] as number;
    const difference = (values[i] as number) - original;
    if (Number.isNaN(difference)) continue;
    left += difference * difference;
    whole += original * original;
  }
  return whole > 0 ? left / whole : 1;
}
