import type { EditableModel, EditableNode } from "@indicia/onnx/to-spec";
import { nothingToDo } from "./error.js";
import { isFloat } from "./floats.js";
import { isOp } from "./graph-links.js";

/**
 * The last layer of a model: its last product or convolution with weights of its own, and what comes after it, such
 * as the addition of a bias.
 *
 * @throws AttackError NOTHING_TO_DO where there is no such layer
 */
export function headOf(model: EditableModel): EditableNode[] {
  const at = model.nodes.findLastIndex((node) => isOp(node, "MatMul", "Gemm", "Conv") && stored(model, node));
  if (at === -1) throw nothingToDo("layer with weights");
  return model.nodes.slice(at);
}

function stored(model: EditableModel, { inputs }: EditableNode): boolean {
  const tensor = model.initializers.get(inputs[1] ?? "");
  return tensor !== undefined && isFloat(tensor);
}
