import type { Tensor } from "@indicia/onnx/tensor";
import type { EditableModel, EditableNode } from "@indicia/onnx/to-spec";
import { node as newNode, numberOf } from "./decode.js";
import { isFloat, transposed } from "./floats.js";
import { isOp, linksOf, replace } from "./graph-links.js";

/** A MatMul or Gemm x W + b with weights of its own. */
export interface Linear {
  readonly node: EditableNode;
  /** float, [inputs, outputs] */
  readonly weights: Tensor;
  readonly inputs: number;
  readonly outputs: number;
  /** Name of what a Gemm adds. */
  readonly bias: string | null;
}

/** Products in the main graph whose weights nothing else takes; Gemms only where they are plain. */
export function linears(model: EditableModel): Linear[] {
  const { ownTensor } = linksOf(model);
  return model.nodes.flatMap((node) => {
    const stored = isOp(node, "MatMul", "Gemm") ? ownTensor(node, 1) : undefined;
    if (stored?.dims.length !== 2 || !isFloat(stored)) return [];
    const plain =
      numberOf(node, "transA", 0) === 0 &&
      numberOf(node, "alpha", 1) === 1 &&
      numberOf(node, "beta", 1) === 1;
    if (!plain) return [];
    const turned = node.op === "Gemm" && numberOf(node, "transB", 0) !== 0;
    const weights = turned ? transposed(stored) : stored;
    const [inputs = 0, outputs = 0] = weights.dims;
    return [{ node, weights, inputs, outputs, bias: node.inputs[2] || null }];
  });
}

/**
 * Put nodes in the place of a linear map: they compute x W, and the bias, where there is one, is added after them.
 *
 * @param make the nodes, given the name of their result
 */
export function replaceLinear(
  model: EditableModel,
  { node, bias }: Linear,
  fresh: (base: string) => string,
  make: (output: string) => readonly EditableNode[],
): void {
  const [output = ""] = node.outputs;
  model.initializers.delete(node.inputs[1] ?? "");
  if (bias === null) {
    replace(model, [node], ...make(output));
    return;
  }
  const product = fresh(`${output}_product`);
  replace(model, [node], ...make(product), newNode("Add", [product, bias], [output]));
}
