import { randomNumbers } from "@indicia/data/random-numbers";
import { buildModel } from "@indicia/onnx/build";
import { elementCount, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";
import { denseBody, imageBody } from "./tiny-body.js";
import { linkNodes } from "./tiny-link.js";
import { type Readout, tailNodes } from "./tiny-tail.js";

/** How the read-out is written; the `conv` ones are 1x1 convolutions over images. */
export type Tail =
  | "gemm"
  | "gemm-transposed"
  | "gemm-scaled"
  | "gemm-no-bias"
  | "matmul-add"
  | "add-matmul"
  | "matmul"
  | "conv-flatten"
  | "conv-reshape"
  | "conv-squeeze"
  | "conv-pool";

/** What follows the logits. */
export type Link = "none" | "softmax" | "log-softmax" | "sigmoid" | "spelled-softmax";

export const TAILS: readonly Tail[] = [
  "gemm",
  "gemm-transposed",
  "gemm-scaled",
  "gemm-no-bias",
  "matmul-add",
  "add-matmul",
  "matmul",
  "conv-flatten",
  "conv-reshape",
  "conv-squeeze",
  "conv-pool",
];
export const LINKS: readonly Link[] = ["none", "softmax", "log-softmax", "sigmoid", "spelled-softmax"];

export interface TinyOptions {
  readonly seed?: number;
  /** Default "gemm". */
  readonly tail?: Tail;
  /** Default "softmax". */
  readonly link?: Link;
  /** Penultimate features d, default 24. */
  readonly features?: number;
  /** Classes m, default 7. */
  readonly classes?: number;
  /** Leading axis of the input: a name (default "N") or a fixed size. */
  readonly batch?: string | number;
}

/** A small random classifier, and the truth about its read-out. */
export interface TinyClassifier extends Readout {
  readonly bytes: Uint8Array;
  /** float32, [batch, 12] or, for the `conv` tails, [batch, 2, 6, 6]. */
  readonly input: ValueInfo;
  /** Name of the model's output, [batch, m]. */
  readonly output: string;
  /** Name of what the read-out multiplies: [batch, d], or [batch, d, height, width]. */
  readonly feature: string;
  readonly features: number;
  readonly classes: number;
}

/** Build a classifier with a given tail and link; the same options give the same bytes. */
export function tinyClassifier(options: TinyOptions = {}): TinyClassifier {
  const { tail = "gemm", link = "softmax", features = 24, classes = 7, batch = "N" } = options;
  const numbers = randomNumbers(`tiny classifier/${options.seed ?? 0}`);
  const body = tail.startsWith("conv")
    ? imageBody({ batch, features, numbers, pooled: tail !== "conv-pool" })
    : denseBody({ batch, features, numbers });
  const readout = tailNodes(tail, { feature: body.feature, features, classes, numbers });
  const after = linkNodes(link, readout.logits);
  const bytes = buildModel({
    inputs: [body.input],
    outputs: [{ name: after.output, type: "float32", dims: [batch, classes] }],
    nodes: [...body.nodes, ...readout.nodes, ...after.nodes],
    initializers: { ...body.initializers, ...readout.initializers, ...after.initializers },
  });
  const { logits, weights, bias, pooled } = readout;
  return {
    bytes,
    input: body.input,
    output: after.output,
    feature: body.feature,
    features,
    classes,
    logits,
    weights,
    bias,
    pooled,
  };
}

/** Standard normal inputs for a tiny model, [rows, ...]. */
export function tinyInputs(
  model: { readonly input: ValueInfo },
  rows: number,
  seed = 0,
): Record<string, Tensor> {
  const numbers = randomNumbers(`tiny inputs/${seed}`);
  const dims = [rows, ...(model.input.dims ?? []).slice(1).map(Number)];
  const data = new Float32Array(elementCount(dims)).map(() => numbers.normal());
  return { [model.input.name]: { type: "float32", dims, data } };
}
