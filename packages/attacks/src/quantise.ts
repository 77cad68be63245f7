import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { rowsOf } from "./weights.js";

/** Whole numbers with what turns them back: scale (q - zero). */
export interface Quantised {
  readonly values: Tensor;
  /** float32, a scalar or one for each index of the axis. */
  readonly scales: Tensor;
  /** Of the type of the values and the shape of the scales. */
  readonly zeros: Tensor;
}

export type ByteType = "int8" | "uint8";

/**
 * Round a tensor to 8 bits: int8 around 0 up to 127, uint8 between the least and the largest number, with 0 among the
 * levels.
 *
 * @param axis one scale for each index of it, or null for one altogether
 */
export function quantise(tensor: Tensor, type: ByteType, axis: number | null): Quantised {
  const values = toFloat64(tensor);
  const rows = axis === null ? { count: 1, rowOf: () => 0 } : rowsOf(tensor, axis);
  const least = new Float64Array(rows.count);
  const most = new Float64Array(rows.count);
  for (const [at, value] of values.entries()) {
    const row = rows.rowOf(at);
    least[row] = Math.min(least[row] ?? 0, value);
    most[row] = Math.max(most[row] ?? 0, value);
  }
  const ranges = Array.from(least, (low, row) => levels(low, most[row] ?? 0, type));
  const data = type === "int8" ? new Int8Array(values.length) : new Uint8Array(values.length);
  const [floor, ceiling] = type === "int8" ? [-127, 127] : [0, 255];
  for (const [at, value] of values.entries()) {
    const { scale, zero } = ranges[rows.rowOf(at)] ?? { scale: 1, zero: 0 };
    data[at] = Math.min(ceiling, Math.max(floor, Math.round(value / scale) + zero));
  }
  const dims = axis === null ? [] : [rows.count];
  const zeros = ranges.map(({ zero }) => zero);
  return {
    values: { type, dims: tensor.dims, data },
    scales: { type: "float32", dims, data: Float32Array.from(ranges, ({ scale }) => scale) },
    zeros: { type, dims, data: type === "int8" ? Int8Array.from(zeros) : Uint8Array.from(zeros) },
  };
}

/** Scale and zero point for a range. */
export function levels(least: number, most: number, type: ByteType): { scale: number; zero: number } {
  const low = Math.min(0, least);
  const high = Math.max(0, most);
  if (type === "int8") return { scale: Math.fround(Math.max(-low, high) / 127) || 1, zero: 0 };
  const scale = Math.fround((high - low) / 255) || 1;
  return { scale, zero: Math.round(-low / scale) };
}
