import type { Edit } from "@indicia/onnx/edit";
import type { OnnxModel } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import { elementCount } from "@indicia/onnx/tensor";
import { normal, type PublicRandom } from "./probes/prng.js";

/** Tensors smaller than this are scales, shapes and constants, which no training would disturb at random. */
const SMALLEST_TENSOR = 256;
/** Weights looked at to learn a tensor's spread. */
const SPREAD_SAMPLE = 65_536;

/**
 * Gaussian noise on every float tensor of a model.
 *
 * @param share standard deviation of the noise as a share of the tensor's own
 */
export function noiseEdits(model: OnnxModel, share: number, random: PublicRandom): Edit[] {
  const edits: Edit[] = [];
  for (const tensor of model.tensors) {
    const count = elementCount(tensor.dims);
    const real = ["float32", "float16", "bfloat16", "float64"].includes(tensor.type);
    if (!real || tensor.dims.length < 2 || count < SMALLEST_TENSOR) continue;
    const sample = readFloats(model, tensor, 0, Math.min(count, SPREAD_SAMPLE));
    let squares = 0;
    for (const value of sample) squares += value * value;
    const deviation = share * Math.sqrt(squares / sample.length);
    edits.push({
      kind: "values",
      tensor,
      update: (values) => {
        for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + deviation * normal(random);
      },
    });
  }
  return edits;
}
