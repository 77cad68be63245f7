import type { RandomNumbers } from "@indicia/data/random-numbers";
import type { NodeSpec } from "@indicia/onnx/build";
import { elementCount, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";

/** Everything up to the penultimate features. */
export interface Body {
  readonly input: ValueInfo;
  readonly feature: string;
  readonly nodes: readonly NodeSpec[];
  readonly initializers: Readonly<Record<string, Tensor>>;
}

const INPUTS = 12;
const CHANNELS = 2;
const SIDE = 6;
const KERNEL = 3;

/** A random tensor whose products keep the scale of their inputs. */
export function randomWeights(dims: readonly number[], fanIn: number, numbers: RandomNumbers): Tensor {
  const scale = 1 / Math.sqrt(fanIn);
  const count = elementCount(dims);
  return { type: "float32", dims, data: new Float32Array(count).map(() => scale * numbers.normal()) };
}

/** [batch, 12] through a Gemm and a Relu to [batch, d]. */
export function denseBody(options: {
  readonly batch: string | number;
  readonly features: number;
  readonly numbers: RandomNumbers;
}): Body {
  const { batch, features, numbers } = options;
  return {
    input: { name: "input", type: "float32", dims: [batch, INPUTS] },
    feature: "features",
    nodes: [
      { op: "Gemm", inputs: ["input", "body.weight", "body.bias"], outputs: ["hidden"] },
      { op: "Relu", inputs: ["hidden"], outputs: ["features"] },
    ],
    initializers: {
      "body.weight": randomWeights([INPUTS, features], INPUTS, numbers),
      "body.bias": randomWeights([features], 4, numbers),
    },
  };
}

/** [batch, 2, 6, 6] through a 3x3 Conv and a Relu to [batch, d, 4, 4], or pooled to [batch, d, 1, 1]. */
export function imageBody(options: {
  readonly batch: string | number;
  readonly features: number;
  readonly numbers: RandomNumbers;
  readonly pooled: boolean;
}): Body {
  const { batch, features, numbers, pooled } = options;
  const pool: NodeSpec = { op: "GlobalAveragePool", inputs: ["maps"], outputs: ["features"] };
  return {
    input: { name: "input", type: "float32", dims: [batch, CHANNELS, SIDE, SIDE] },
    feature: pooled ? "features" : "maps",
    nodes: [
      { op: "Conv", inputs: ["input", "body.weight", "body.bias"], outputs: ["hidden"] },
      { op: "Relu", inputs: ["hidden"], outputs: ["maps"] },
      ...(pooled ? [pool] : []),
    ],
    initializers: {
      "body.weight": randomWeights([features, CHANNELS, KERNEL, KERNEL], CHANNELS * KERNEL ** 2, numbers),
      "body.bias": randomWeights([features], 4, numbers),
    },
  };
}
