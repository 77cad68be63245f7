import { createHash } from "node:crypto";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { withFloats } from "../floats.js";
import type { Seed } from "@indicia/autodiff/random";

/**
 * What a thief does to the inputs that an endpoint is sent, before the model sees them: rows along the leading axis
 * of a float tensor. What was given stays as it is.
 *
 * @throws AttackError NOTHING_TO_DO where the rows are not what it works on
 */
export type InputChange = (rows: Tensor, seed: Seed) => Tensor;

/**
 * What a thief does to the answers before they leave the endpoint: probabilities [n, m] of a float type. A number
 * that is not told is NaN, so a row of NaN is no answer at all; a label alone is 1 for the label and 0 elsewhere.
 */
export type AnswerChange = (answers: Tensor, seed: Seed) => Tensor;

/** Change the rows of a float tensor one by one, each in place within a copy. */
export function changeRows(tensor: Tensor, change: (row: Float64Array, index: number) => void): Tensor {
  const values = toFloat64(tensor);
  const rows = tensor.dims[0] ?? 0;
  const width = rows === 0 ? 0 : values.length / rows;
  for (let i = 0; i < rows; i++) change(values.subarray(i * width, (i + 1) * width), i);
  return withFloats(tensor, values);
}

/**
 * A seed that belongs to the content of a row: whatever is drawn from it is the same whenever the row comes again,
 * alone or in any batch, as from an endpoint that keeps its answers.
 */
export function rowSeed(seed: Seed, row: Float64Array): Seed {
  const bytes = new Uint8Array(row.buffer, row.byteOffset, row.byteLength);
  return createHash("sha256").update(`${seed}\n`).update(bytes).digest("hex");
}
