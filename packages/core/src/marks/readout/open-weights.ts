import type { RegisteredReadout } from "@indicia/evidence/registration-format";
import type { OnnxModel, TensorEntry } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import { elementCount } from "@indicia/onnx/tensor";
import { findReadout, type Readout } from "./find.js";

/** Rows transposed at a time: as many cache lines as a first-level cache holds. */
const TILE = 64;

/**
 * The effective read-out matrix of a model (alpha times what is stored), row-major [m, d].
 */
export function effectiveWeights(model: OnnxModel, readout: Readout): Float64Array {
  const { features: d, classes: m, layout, alpha } = readout;
  const stored = readFloats(model, readout.weight);
  if (layout === "md") return Float64Array.from(stored, (value) => alpha * value);
  const out = new Float64Array(m * d);
  for (let top = 0; top < d; top += TILE) {
    const bottom = Math.min(top + TILE, d);
    for (let c = 0; c < m; c++)
      for (let j = top; j < bottom; j++) out[c * d + j] = alpha * (stored[j * m + c] ?? 0);
  }
  return out;
}

/**
 * The suspect's read-out, if it has one of the registered size: behind its outputs, whatever their names.
 *
 * @returns null where it has none
 */
export function comparableReadout(suspect: OnnxModel, registered: RegisteredReadout): Readout | null {
  for (const { name } of suspect.graph.outputs) {
    const found = findReadout(suspect, name);
    if (
      !("refusal" in found) &&
      found.features === registered.features &&
      found.classes === registered.classes &&
      holds(found.weight)
    ) {
      return found;
    }
  }
  return null;
}

function holds({ dims }: TensorEntry): boolean {
  return elementCount(dims) > 0;
}
