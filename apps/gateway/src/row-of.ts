import { sliceRows, type Tensor } from "@indicia/onnx/tensor";

/** The inputs of one row, over the same memory. */
export function rowOf(feeds: Readonly<Record<string, Tensor>>, row: number): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => [name, sliceRows(tensor, row, row + 1)]),
  );
}
