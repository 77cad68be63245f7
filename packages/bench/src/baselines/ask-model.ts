import { answersOf } from "@indicia/autodiff/evaluate";
import { probabilitiesOf } from "@indicia/autodiff/teacher";
import { openModelBytes } from "@indicia/onnx/open";
import type { Ask } from "./baseline.js";

/**
 * Ask a classifier in memory, of one input, for probabilities; logits become some by a softmax. It is opened for each
 * question, so that nothing has to be closed.
 */
export function askModel(model: Uint8Array): Ask {
  const input = inputOf(model);
  return async (inputs) => {
    const { rows, classes, values } = probabilitiesOf(await answersOf(model, { [input]: inputs }));
    return { type: "float32", dims: [rows, classes], data: values };
  };
}

/** Name of a model's first input. */
export function inputOf(model: Uint8Array): string {
  return openModelBytes(model).graph.inputs[0]?.name ?? "";
}
