import type { Answer } from "@indicia/core/suspect";
import type { Tensor } from "@indicia/onnx/tensor";

/** What the test's servers compute from a row of three numbers; exact in half precision for small whole inputs. */
export function knownFunction([a = 0, b = 0, c = 0]: readonly number[]): number[] {
  return [a + b + c, a - b, 2 * c, a / 2];
}

/** Row i as the test's inputs have it. */
export function knownRow(i: number): number[] {
  return [i, (7 * i) % 11, 100 - i];
}

export type InputType = "float32" | "int32" | "int64" | "uint8";

/** Rows `from` to `from + rows` of three numbers each. */
export function knownInputs(rows: number, type: InputType = "float32", from = 0): Record<string, Tensor> {
  const numbers = Array.from({ length: rows }, (_, i) => knownRow(from + i)).flat();
  return { x: { type, dims: [rows, 3], data: dataOf(numbers, type) } };
}

export function knownAnswers(rows: number, from = 0): Answer[] {
  return Array.from({ length: rows }, (_, i) => ({
    kind: "vector",
    values: Float64Array.from(knownFunction(knownRow(from + i))),
  }));
}

function dataOf(numbers: readonly number[], type: InputType): Tensor["data"] {
  switch (type) {
    case "float32":
      return Float32Array.from(numbers);
    case "int32":
      return Int32Array.from(numbers);
    case "int64":
      return BigInt64Array.from(numbers, BigInt);
    case "uint8":
      return Uint8Array.from(numbers);
  }
}
