import { openModelBytes } from "@indicia/onnx/open";
import type { NodeSpec } from "@indicia/onnx/build";
import { elementCount, type Tensor } from "@indicia/onnx/tensor";
import type { Builder } from "./builder.js";

/** Operators whose second and third inputs are learned even where they hold a single number. */
const LEARNED: ReadonlySet<string> = new Set([
  "Conv",
  "ConvTranspose",
  "Gemm",
  "MatMul",
  "BatchNormalization",
  "InstanceNormalization",
  "LayerNormalization",
  "PRelu",
]);
/** Inputs of operators that set them up rather than flow through them. */
const SETTINGS: ReadonlyMap<string, readonly number[]> = new Map([
  ["BatchNormalization", [3, 4]],
  ["Clip", [1, 2]],
  ["Pad", [2]],
  ["Resize", [1, 2]],
  ["Upsample", [1]],
  ["Dropout", [1]],
  ["Where", [0]],
  ["Pow", [1]],
]);
/** Masks add this or less to what is to be ignored; no weight is so large. */
const MASK = -9999;

/**
 * The initialisers that a loss may train: float32, on the way to the loss, no settings of operators (bounds, scales,
 * running statistics), no masks, and no single numbers but biases and gains.
 *
 * @param model the file, to tell its initialisers from its constants
 */
export function trainable(builder: Builder, model: Uint8Array, scores: string): Map<string, Tensor> {
  const stored = new Set(openModelBytes(model).graph.initializers.map(({ name }) => name));
  const found = new Map<string, Tensor>();
  for (const node of nodesBefore(builder.nodes, scores)) {
    for (const [index, name] of node.inputs.entries()) {
      const tensor = builder.initializers.get(name);
      if (tensor === undefined || !stored.has(name)) continue;
      if (SETTINGS.get(node.op)?.includes(index) === true) continue;
      if (isWeight(tensor, node)) found.set(name, tensor);
    }
  }
  return found;
}

function isWeight({ type, dims, data }: Tensor, node: NodeSpec): boolean {
  if (type !== "float32" || !(data instanceof Float32Array) || dims.length === 0) return false;
  if (elementCount(dims) === 1 && !LEARNED.has(node.op)) return false;
  return data.every((x) => Number.isFinite(x) && x > MASK);
}

/** The nodes that a value is computed from, in their order. */
function nodesBefore(nodes: readonly NodeSpec[], value: string): NodeSpec[] {
  const needed = new Set([value]);
  const found: NodeSpec[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    found.push(node);
    for (const name of node.inputs) needed.add(name);
  }
  return found.reverse();
}
