import { randomNumbers } from "@indicia/data/random-numbers";
import { buildModel, type NodeSpec } from "@indicia/onnx/build";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { denseBody, randomWeights } from "./tiny-body.js";

/** Why a model has no linear read-out: a non-linearity last, a bare decision, or branches like a tree's. */
export type Unreadable = "relu" | "arg-max" | "tree";

export const UNREADABLES: readonly Unreadable[] = ["relu", "arg-max", "tree"];

export interface NoReadout {
  readonly bytes: Uint8Array;
  readonly input: ValueInfo;
  readonly output: string;
}

const FEATURES = 24;
const CLASSES = 7;

/** A model whose output is no linear function of any features; its weights can be marked all the same. */
export function noReadout(kind: Unreadable, seed = 0): NoReadout {
  const numbers = randomNumbers(`no read-out/${seed}`);
  const body = denseBody({ batch: "N", features: FEATURES, numbers });
  const logits: NodeSpec = { op: "Gemm", inputs: [body.feature, "last.weight"], outputs: ["logits"] };
  const weights: Record<string, Tensor> = {
    "last.weight": randomWeights([FEATURES, CLASSES], FEATURES, numbers),
  };
  const leaf = (): Tensor => randomWeights([1, CLASSES], 1, numbers);
  const scalar: Tensor = { type: "float32", dims: [], data: Float32Array.of(0.1) };
  const first: Tensor = { type: "int64", dims: [1], data: BigInt64Array.of(0n) };
  const ends: Record<
    Unreadable,
    { nodes: NodeSpec[]; initializers: Record<string, Tensor>; type: "float32" | "int64" }
  > = {
    relu: {
      nodes: [logits, { op: "Relu", inputs: ["logits"], outputs: ["output"] }],
      initializers: weights,
      type: "float32",
    },
    "arg-max": {
      nodes: [
        logits,
        { op: "ArgMax", inputs: ["logits"], outputs: ["output"], attributes: { axis: 1, keepdims: 0 } },
      ],
      initializers: weights,
      type: "int64",
    },
    tree: {
      nodes: [
        { op: "Gather", inputs: [body.feature, "first"], outputs: ["feature"], attributes: { axis: 1 } },
        { op: "Greater", inputs: ["feature", "threshold"], outputs: ["right"] },
        { op: "Where", inputs: ["right", "leaf.right", "leaf.left"], outputs: ["output"] },
      ],
      initializers: { first, threshold: scalar, "leaf.right": leaf(), "leaf.left": leaf() },
      type: "float32",
    },
  };
  const { nodes, initializers, type } = ends[kind];
  const bytes = buildModel({
    inputs: [body.input],
    outputs: [{ name: "output", type, dims: kind === "arg-max" ? ["N"] : ["N", CLASSES] }],
    nodes: [...body.nodes, ...nodes],
    initializers: { ...body.initializers, ...initializers },
  });
  return { bytes, input: body.input, output: "output" };
}
