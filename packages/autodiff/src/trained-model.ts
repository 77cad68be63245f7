import { buildModel } from "@indicia/onnx/build";
import { openModelBytes } from "@indicia/onnx/open";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { toSpec } from "@indicia/onnx/to-spec";

/** A model whose input is declared with another shape. */
export function withInputDims(model: Uint8Array, input: string, dims: ValueInfo["dims"]): Uint8Array {
  const spec = toSpec(openModelBytes(model));
  const inputs = spec.inputs.map((each) => (each.name === input ? { ...each, dims } : each));
  return buildModel({ ...spec, inputs });
}

/** A model with other numbers in some of its initialisers, and all else as it was. */
export function withInitializers(model: Uint8Array, values: ReadonlyMap<string, Tensor>): Uint8Array {
  const spec = toSpec(openModelBytes(model));
  for (const [name, tensor] of values) if (spec.initializers.has(name)) spec.initializers.set(name, tensor);
  return buildModel(spec);
}
