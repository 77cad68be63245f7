import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";

/** Rows of JSON as the model's input, unchecked. */
export function bareTensor({ type }: ValueInfo, rows: readonly (readonly number[])[]): Tensor {
  const flat = rows.flat();
  const dims = [rows.length, rows[0]?.length ?? 0];
  return type === "int32"
    ? { type, dims, data: Int32Array.from(flat) }
    : { type: "float32", dims, data: Float32Array.from(flat) };
}

/** The model's output as rows of JSON. */
export function bareRows(tensor: Tensor | undefined, rows: number): number[][] {
  const data = tensor?.data;
  if (!(data instanceof Float32Array)) throw new TypeError("the model answers floats");
  const width = data.length / rows;
  return Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * width, (row + 1) * width)));
}
