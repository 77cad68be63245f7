import { numberToBfloat, numberToHalf, type Tensor, toFloat64 } from "@indicia/onnx/tensor";

const FLOATS = ["float32", "float64", "float16", "bfloat16"] as const;

export function isFloat({ type }: Tensor): boolean {
  return FLOATS.some((each) => each === type);
}

/** The same tensor with other numbers, rounded to its type; `dims` where the shape changes too. */
export function withFloats(
  tensor: Tensor,
  values: Float64Array,
  dims: readonly number[] = tensor.dims,
): Tensor {
  const { type } = tensor;
  switch (type) {
    case "float16":
      return { type, dims, data: Uint16Array.from(values, numberToHalf) };
    case "bfloat16":
      return { type, dims, data: Uint16Array.from(values, numberToBfloat) };
    case "float64":
      return { type, dims, data: values };
    default:
      return { type: "float32", dims, data: Float32Array.from(values) };
  }
}

export function float32(dims: readonly number[], data: Float32Array): Tensor {
  return { type: "float32", dims, data };
}

export function int64(...values: number[]): Tensor {
  return { type: "int64", dims: [values.length], data: BigInt64Array.from(values, BigInt) };
}

/** A matrix, row-major [rows, columns], the other way round. */
export function transposed(tensor: Tensor): Tensor {
  const [rows = 1, columns = 1] = tensor.dims;
  const from = toFloat64(tensor);
  const to = new Float64Array(from.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j] ?? 0;
  return withFloats(tensor, to, [columns, rows]);
}
