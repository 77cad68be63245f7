import { uniqueId } from "./index-tensor.js";
import type { IndexState } from "./index-graph.js";
import type { Attribute, Node, TensorEntry } from "./model.js";

/** The short forms of Constant as tensors that can be read like any other; they are too small to be edited. */
export function constantTensor(
  state: IndexState,
  node: Node,
  name: string,
  attribute: Attribute,
): TensorEntry | null {
  const values =
    attribute.kind === "float" || attribute.kind === "int"
      ? [attribute.value]
      : attribute.kind === "floats" || attribute.kind === "ints"
        ? attribute.value
        : null;
  if (values === null || !name.startsWith("value_")) return null;
  const real = attribute.kind === "float" || attribute.kind === "floats";
  const value = node.outputs[0] ?? "";
  const entry: TensorEntry = {
    id: uniqueId(state, node.graph, value),
    name: value,
    graph: node.graph,
    type: real ? "float32" : "int64",
    dims: attribute.kind === "float" || attribute.kind === "int" ? [] : [values.length],
    storage: { kind: "attribute", values, ranges: [] },
    constantNode: node,
    enclosing: node.enclosing,
    locationRange: null,
  };
  state.tensors.push(entry);
  return entry;
}
