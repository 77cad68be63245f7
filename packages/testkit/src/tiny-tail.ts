import type { RandomNumbers } from "@indicia/data/random-numbers";
import type { NodeSpec } from "@indicia/onnx/build";
import type { Tensor } from "@indicia/onnx/tensor";
import { randomWeights } from "./tiny-body.js";
import type { Tail } from "./tiny-classifier.js";

/** z = W^T h + b, however it is written down. */
export interface Readout {
  /** Name of the logits, [batch, m]. */
  readonly logits: string;
  /** W as it acts, row-major [d, m]. */
  readonly weights: Float64Array;
  /** b as it acts, length m, or null where there is none. */
  readonly bias: Float64Array | null;
  /** Whether the logits are the mean over positions. */
  readonly pooled: boolean;
}

interface TailOptions {
  readonly feature: string;
  readonly features: number;
  readonly classes: number;
  readonly numbers: RandomNumbers;
}

interface TailNodes extends Readout {
  readonly nodes: readonly NodeSpec[];
  readonly initializers: Readonly<Record<string, Tensor>>;
}

/** alpha and beta of the scaled Gemm. */
const ALPHA = 0.5;
const BETA = 2;
/** Logits three times as large as the features: answers that are neither certain nor flat. */
const SHARPNESS = 9;

/** The nodes of a read-out and what it computes. */
export function tailNodes(tail: Tail, options: TailOptions): TailNodes {
  const { features, classes, numbers } = options;
  const drawn = randomWeights([features, classes], features / SHARPNESS, numbers);
  const weights = Float64Array.from(drawn.data, Number);
  const bias = Float64Array.from(randomWeights([classes], 1, numbers).data, Number);
  if (tail.startsWith("conv")) return convolution(tail, options, weights, bias);
  return tail.startsWith("gemm") ? gemm(tail, options, weights, bias) : matmul(tail, options, weights, bias);
}

function gemm(tail: Tail, options: TailOptions, weights: Float64Array, bias: Float64Array): TailNodes {
  const { feature, features, classes } = options;
  const transposed = tail !== "gemm" && tail !== "gemm-no-bias";
  const scaled = tail === "gemm-scaled";
  const biased = tail !== "gemm-no-bias";
  return {
    logits: "logits",
    weights: scaled ? weights.map((w) => ALPHA * w) : weights,
    bias: biased ? bias.map((b) => (scaled ? BETA * b : b)) : null,
    pooled: false,
    nodes: [
      {
        op: "Gemm",
        inputs: [feature, "readout.weight", ...(biased ? ["readout.bias"] : [])],
        outputs: ["logits"],
        attributes: {
          ...(transposed ? { transB: 1 } : {}),
          ...(scaled ? { alpha: { float: ALPHA }, beta: { float: BETA } } : {}),
        },
      },
    ],
    initializers: {
      "readout.weight": transposed
        ? floats([classes, features], transpose(weights, features, classes))
        : floats([features, classes], weights),
      ...(biased ? { "readout.bias": floats([classes], bias) } : {}),
    },
  };
}

function matmul(tail: Tail, options: TailOptions, weights: Float64Array, bias: Float64Array): TailNodes {
  const { feature, features, classes } = options;
  const biased = tail !== "matmul";
  const product = biased ? "product" : "logits";
  const addends = tail === "add-matmul" ? ["readout.bias", "product"] : ["product", "readout.bias"];
  const add: NodeSpec = { op: "Add", inputs: addends, outputs: ["logits"] };
  return {
    logits: "logits",
    weights,
    bias: biased ? bias : null,
    pooled: false,
    nodes: [
      { op: "MatMul", inputs: [feature, "readout.weight"], outputs: [product] },
      ...(biased ? [add] : []),
    ],
    initializers: {
      "readout.weight": floats([features, classes], weights),
      ...(biased ? { "readout.bias": floats([classes], bias) } : {}),
    },
  };
}

function convolution(tail: Tail, options: TailOptions, weights: Float64Array, bias: Float64Array): TailNodes {
  const { feature, features, classes } = options;
  const pooled = tail === "conv-pool";
  const flat = pooled ? "means" : "maps.logits";
  const pool: NodeSpec = { op: "GlobalAveragePool", inputs: ["maps.logits"], outputs: ["means"] };
  const flattening = FLATTENING[tail] ?? { op: "Flatten", shape: null };
  const shape = flattening.shape?.(classes) ?? null;
  return {
    logits: "logits",
    weights,
    bias,
    pooled,
    nodes: [
      {
        op: "Conv",
        inputs: [feature, "readout.weight", "readout.bias"],
        outputs: ["maps.logits"],
        attributes: { kernel_shape: [1, 1] },
      },
      ...(pooled ? [pool] : []),
      { op: flattening.op, inputs: [flat, ...(shape === null ? [] : ["shape"])], outputs: ["logits"] },
    ],
    initializers: {
      "readout.weight": floats([classes, features, 1, 1], transpose(weights, features, classes)),
      "readout.bias": floats([classes], bias),
      ...(shape === null
        ? {}
        : { shape: { type: "int64", dims: [shape.length], data: BigInt64Array.from(shape) } }),
    },
  };
}

/** How [batch, m, 1, 1] becomes [batch, m]; Reshape and Squeeze take the shape or the axes as an input. */
const FLATTENING: Partial<Record<Tail, { op: string; shape: ((classes: number) => bigint[]) | null }>> = {
  "conv-reshape": { op: "Reshape", shape: (classes) => [-1n, BigInt(classes)] },
  "conv-squeeze": { op: "Squeeze", shape: () => [2n, 3n] },
};

function floats(dims: readonly number[], values: Float64Array): Tensor {
  return { type: "float32", dims, data: Float32Array.from(values) };
}

function transpose(matrix: Float64Array, rows: number, columns: number): Float64Array {
  return matrix.map((_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)] ?? 0);
}
