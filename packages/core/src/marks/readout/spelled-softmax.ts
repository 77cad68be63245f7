import { initializer, producer } from "@indicia/onnx/navigate";
import type { Graph, Node } from "@indicia/onnx/open";

/**
 * Recognise a softmax that an exporter spelled out, exp(z - max z) / sum exp(z - max z), with the reshapes,
 * broadcasts and lower bounds that exporters put around the maximum and the sum.
 *
 * @param node the last node of the suspected softmax: Div, or Mul with a Reciprocal
 * @returns the name of the value z, or null where the node is something else
 */
export function spelledSoftmax(graph: Graph, node: Node): string | null {
  const [first = "", second = ""] = node.inputs;
  if (node.opType === "Div") return normalised(graph, first, second);
  if (node.opType !== "Mul") return null;
  for (const [numerator, inverse] of [
    [first, second],
    [second, first],
  ] as const) {
    const reciprocal = producer(graph, inverse);
    if (reciprocal?.opType === "Reciprocal") return normalised(graph, numerator, reciprocal.inputs[0] ?? "");
  }
  return null;
}

function normalised(graph: Graph, numerator: string, denominator: string): string | null {
  const exponential = producer(graph, numerator);
  if (exponential?.opType !== "Exp") return null;
  const sum = behindBroadcast(graph, denominator);
  if (sum?.opType !== "ReduceSum" || sum.inputs[0] !== numerator) return null;
  const exponent = exponential.inputs[0] ?? "";
  const difference = producer(graph, exponent);
  if (difference?.opType !== "Sub") return exponent;
  const [logits = "", shift = ""] = difference.inputs;
  const maximum = behindBroadcast(graph, shift);
  // Any other subtraction belongs to the logits themselves.
  return maximum?.opType === "ReduceMax" && maximum.inputs[0] === logits ? logits : exponent;
}

/** Step back over nodes that only broadcast a reduced value, or bound it by a constant. */
function behindBroadcast(graph: Graph, value: string): Node | null {
  let node = producer(graph, value);
  for (let step = 0; node !== null && step < 8; step++) {
    if (["Reshape", "Expand", "Identity", "Unsqueeze", "Squeeze"].includes(node.opType)) {
      node = producer(graph, node.inputs[0] ?? "");
    } else if (node.opType === "Max") {
      const computed = node.inputs.filter((input) => initializer(graph, input) === null);
      node = computed.length === 1 ? producer(graph, computed[0] ?? "") : null;
    } else return node;
  }
  return null;
}
