import type { EditableNode } from "@indicia/onnx/to-spec";
import type { Analysis } from "./space.js";

/** Nothing may change around this node. */
export function freezeNode({ axes, freeze }: Analysis, { inputs, outputs }: EditableNode): void {
  for (const name of [...inputs, ...outputs]) for (const axis of axes(name)) freeze(axis);
}
