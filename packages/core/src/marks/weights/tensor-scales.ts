import type { PlannedTensor } from "@indicia/evidence/registration-format";
import { floatReader } from "@indicia/onnx/float-reader";
import type { OnnxModel, TensorEntry } from "@indicia/onnx/open";

import { CoreError } from "../../error.js";
import { addSums, emptyMoments, rowLayout, rowScales } from "./rows.js";

/** Values read at a time. Marks depend on it in their last digits: sums are taken within it. */
const CHUNK: number = 2 ** 20;

/** Spread of one planned tensor. */
export interface TensorScales {
  /** Standard deviation per row; 0 for rows that cannot carry a mark. */
  readonly deviations: Float64Array;
  /** Sum of squares of all weights in finite rows. */
  readonly squares: number;
}

/**
 * Row scales of every planned tensor, by label, in one streamed pass.
 *
 * @throws CoreError WRONG_REFERENCE where a planned tensor is not in the model
 */
export function tensorScales(model: OnnxModel, plan: readonly PlannedTensor[]): Map<string, TensorScales> {
  return new Map(plan.map((planned) => [planned.label, scalesOf(model, planned)]));
}

/** Row scales of one planned tensor. */
export function scalesOf(model: OnnxModel, planned: PlannedTensor): TensorScales {
  const [tensor] = storedTensors(model, planned);
  if (tensor === undefined) throw missing(planned.label);
  const layout = rowLayout(planned.dims, planned.rowAxis);
  const total = planned.rows * planned.columns;
  const moments = emptyMoments(layout.rows);
  const read = floatReader(model, tensor, CHUNK);
  for (let start = 0; start < total; start += CHUNK)
    addSums(moments, layout, start, read(start, Math.min(CHUNK, total - start)));
  moments.counts.fill(planned.columns);
  let squares = 0;
  for (const square of moments.squares) if (Number.isFinite(square)) squares += square;
  return { deviations: rowScales(moments, planned.columns).deviations, squares };
}

/**
 * All stored tensors of a planned entry, tied ones together.
 *
 * @throws CoreError WRONG_REFERENCE where one is not in the model, or has other dims
 */
export function storedTensors(model: OnnxModel, planned: PlannedTensor): TensorEntry[] {
  const wanted = new Set(planned.tensors);
  const found = model.tensors.filter(({ id }) => wanted.has(id));
  const sameDims = found.every(({ dims }) => dims.join() === planned.dims.join());
  if (found.length !== wanted.size || !sameDims) throw missing(planned.label);
  return found;
}

function missing(label: string): CoreError {
  return new CoreError(
    "WRONG_REFERENCE",
    `the registered tensor "${label}" is not in this model`,
    "Give the unmarked model that was registered.",
  );
}
