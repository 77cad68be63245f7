import { buildModel } from "@indicia/onnx/build";
import { openModelBytes } from "@indicia/onnx/open";
import { toSpec } from "@indicia/onnx/to-spec";

const PROBABILITIES = "probabilities";

/** A model of one output of logits, with probabilities in its place. */
export function withSoftmax(model: Uint8Array): Uint8Array {
  const spec = toSpec(openModelBytes(model));
  const [logits] = spec.outputs;
  if (logits === undefined || spec.outputs.length !== 1)
    throw new RangeError(`a model of ${spec.outputs.length} outputs`);
  const softmax = {
    op: "Softmax",
    inputs: [logits.name],
    outputs: [PROBABILITIES],
    attributes: { axis: -1 },
  } as const;
  return buildModel({
    ...spec,
    nodes: [...spec.nodes, softmax],
    outputs: [{ ...logits, name: PROBABILITIES }],
  });
}
