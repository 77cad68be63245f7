import type { NodeSpec } from "@indicia/onnx/build";
import type { Tensor } from "@indicia/onnx/tensor";
import { numberOf } from "./attributes.js";
import type { Builder } from "./builder.js";
import type { Carried } from "./optimiser.js";

/** What ONNX takes where a node does not say. */
const EPSILON = 1e-5;
const MOMENTUM = 0.9;

/**
 * Let the BatchNormalization nodes whose scale or bias is trained normalise by their batch and update their running
 * statistics; the others stay as they are.
 *
 * @param trained names of initialisers
 * @returns the statistics as values that go round
 */
export function activateBatchNorm(builder: Builder, trained: ReadonlySet<string>): Carried {
  const outputs = new Map<string, string>();
  const state = new Map<string, Tensor>();
  for (const [index, node] of builder.nodes.entries()) {
    const [data, scale, bias, mean, variance] = node.inputs;
    if (node.op !== "BatchNormalization" || data === undefined || mean === undefined) continue;
    if (scale === undefined || bias === undefined || variance === undefined) continue;
    if (!trained.has(scale) && !trained.has(bias)) continue;
    const stored = [mean, variance].map((name) => [name, builder.initializers.get(name)] as const);
    // Statistics that are computed, or shared between nodes, stay as they are.
    if (stored.some(([name, tensor]) => tensor?.type !== "float32" || state.has(name))) continue;
    const updated = [builder.fresh(`training.${mean}`), builder.fresh(`training.${variance}`)];
    for (const [i, [name, tensor]] of stored.entries()) {
      if (tensor === undefined) continue;
      state.set(name, tensor);
      outputs.set(name, updated[i] ?? "");
    }
    builder.nodes[index] = training(node, updated);
  }
  return { outputs, state };
}

function training(node: NodeSpec, updated: readonly string[]): NodeSpec {
  const [result = ""] = node.outputs;
  return {
    ...node,
    outputs: [result, ...updated],
    attributes: {
      epsilon: { float: numberOf(node, "epsilon", EPSILON) },
      momentum: { float: numberOf(node, "momentum", MOMENTUM) },
      training_mode: 1,
    },
  };
}
