import type { EditableNode } from "@indicia/onnx/to-spec";
import { isStandard } from "../decode.js";
import { freezeNode } from "./freeze-node.js";
import { combine, pointwise } from "./rules-pointwise.js";
import { conv, convTranspose, gemm, matMul } from "./rules-linear.js";
import { batchNorm, instanceNorm, layerNorm, softmax } from "./rules-norm.js";
import { lstm } from "./rules-recurrent.js";
import {
  concat,
  expand,
  gather,
  oneHot,
  pool,
  reduce,
  reshape,
  slice,
  split,
  transpose,
  unresized,
} from "./rules-shape.js";
import type { Analysis } from "./space.js";

/** Says of a node how changes of its inputs become changes of its outputs; what it does not say is frozen. */
export type Rule = (analysis: Analysis, node: EditableNode) => void;

const RULES: Readonly<Record<string, Rule>> = {
  MatMul: matMul,
  Gemm: gemm,
  Conv: conv,
  ConvTranspose: convTranspose,
  BatchNormalization: batchNorm,
  InstanceNormalization: instanceNorm,
  LayerNormalization: layerNorm,
  RMSNormalization: layerNorm,
  SimplifiedLayerNormalization: layerNorm,
  Softmax: softmax,
  LogSoftmax: softmax,
  Transpose: transpose,
  Reshape: reshape,
  Flatten: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Concat: concat,
  Split: split,
  Slice: slice,
  Gather: gather,
  OneHot: oneHot,
  Expand: expand,
  Pad: unresized,
  Resize: unresized,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalMaxPool: pool,
  GlobalAveragePool: pool,
  GlobalLpPool: pool,
  LSTM: lstm,
  GRU: lstm,
  RNN: lstm,
  Shape: shapeOnly,
  Size: shapeOnly,
  ConstantOfShape: constantOfShape,
  ...Object.fromEntries(
    ["Mean", "Sum", "Max", "Min", "SumSquare", "L1", "L2", "LogSum", "LogSumExp", "Prod"].map((name) => [
      `Reduce${name}`,
      reduce,
    ]),
  ),
};

/** Tie and freeze the axes of a node's values. */
export function applyRule(analysis: Analysis, node: EditableNode): void {
  const rule = RULES[node.op];
  const known = isStandard(node) || node.op === "Gelu" || node.op === "QuickGelu" || node.op === "FastGelu";
  if (known && rule !== undefined) rule(analysis, node);
  else if (!(known && (pointwise(analysis, node) || combine(analysis, node)))) freezeNode(analysis, node);
}

/** Shapes do not depend on the values, but show added coordinates; what is computed from them has its order. */
function shapeOnly(analysis: Analysis, node: EditableNode): void {
  const { change, axes, freeze } = analysis;
  if (change === "expand") freezeNode(analysis, node);
  for (const axis of axes(node.outputs[0])) freeze(axis);
}

/** The same number everywhere: any order will do, but no other change. */
function constantOfShape(analysis: Analysis, node: EditableNode): void {
  const { change, axes, freeze } = analysis;
  if (change !== "permute") freezeNode(analysis, node);
  for (const axis of axes(node.inputs[0])) freeze(axis);
}
