import { elementCount, type Tensor, toFloat64 } from "@indicia/onnx/tensor";

type Nested = number | readonly Nested[];

/**
 * Answers by row: of a model with one output its value, of others an object with a value for each. A value is nested as
 * the output's axes; NaN and the infinities become null.
 */
export function encodeRows(outputs: Readonly<Record<string, Tensor>>, rows: number): unknown[] {
  const columns = Object.entries(outputs).map(([name, tensor]) => [name, column(tensor, rows)] as const);
  const [only, ...others] = columns;
  if (only !== undefined && others.length === 0) return [...only[1]];
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[row]])),
  );
}

function column(tensor: Tensor, rows: number): readonly Nested[] {
  const values = toFloat64(tensor);
  const shape = tensor.dims.slice(1);
  const width = elementCount(shape);
  return Array.from({ length: rows }, (_, row) =>
    nest(values.subarray(row * width, (row + 1) * width), shape),
  );
}

function nest(values: Float64Array, shape: readonly number[]): Nested {
  const [size, ...rest] = shape;
  if (size === undefined) return values[0] ?? 0;
  if (rest.length === 0) return Array.from(values);
  const width = elementCount(rest);
  return Array.from({ length: size }, (_, i) => nest(values.subarray(i * width, (i + 1) * width), rest));
}
