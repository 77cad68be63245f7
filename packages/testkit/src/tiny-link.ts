import type { NodeSpec } from "@indicia/onnx/build";
import type { Tensor } from "@indicia/onnx/tensor";
import type { Link } from "./tiny-classifier.js";

interface LinkNodes {
  readonly nodes: readonly NodeSpec[];
  readonly initializers: Readonly<Record<string, Tensor>>;
  readonly output: string;
}

const OPERATORS = { softmax: "Softmax", "log-softmax": "LogSoftmax", sigmoid: "Sigmoid" } as const;

/** The nodes from the logits to the output; without any, the logits are the output. */
export function linkNodes(link: Link, logits: string): LinkNodes {
  if (link === "none") return { nodes: [], initializers: {}, output: logits };
  if (link === "spelled-softmax") return spelledSoftmax(logits);
  const attributes = link === "sigmoid" ? {} : { axis: -1 };
  return {
    nodes: [{ op: OPERATORS[link], inputs: [logits], outputs: ["output"], attributes }],
    initializers: {},
    output: "output",
  };
}

/** Softmax as exporters of older frameworks spell it out, operators of opset 13. */
function spelledSoftmax(logits: string): LinkNodes {
  return {
    nodes: [
      { op: "ReduceMax", inputs: [logits], outputs: ["largest"], attributes: { axes: [-1], keepdims: 1 } },
      { op: "Sub", inputs: [logits, "largest"], outputs: ["shifted"] },
      { op: "Exp", inputs: ["shifted"], outputs: ["powers"] },
      { op: "ReduceSum", inputs: ["powers", "axes"], outputs: ["total"], attributes: { keepdims: 1 } },
      { op: "Div", inputs: ["powers", "total"], outputs: ["output"] },
    ],
    initializers: { axes: { type: "int64", dims: [1], data: BigInt64Array.of(-1n) } },
    output: "output",
  };
}
