import type { NodeSpec } from "@indicia/onnx/build";
import type { Builder } from "./builder.js";

/** Put one node in the place of another, with the nodes before it that `make` appends to the graph. */
export function splicing(builder: Builder, node: NodeSpec, make: () => NodeSpec): void {
  const length = builder.nodes.length;
  const last = make();
  const before = builder.nodes.splice(length);
  builder.nodes.splice(builder.nodes.indexOf(node), 1, ...before, last);
}
