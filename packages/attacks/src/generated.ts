import { buildModel, type NodeSpec } from "@indicia/onnx/build";
import type { Tensor } from "@indicia/onnx/tensor";
import { float32 } from "./loose.js";
import { type Random, seededRandom } from "./random.js";

/** Weights with the heavy tails of trained ones: Student's t with 4 degrees of freedom. */
function heavy(random: Random, dims: readonly number[], size: number): Tensor {
  const total = dims.reduce((product, dim) => product * dim, 1);
  return float32(
    dims,
    Float32Array.from({ length: total }, () => {
      // Two exponentials make a chi-square of four degrees of freedom.
      const chi = -2 * Math.log((1 - random.uniform()) * (1 - random.uniform()));
      return (size * random.normal()) / Math.sqrt(chi / 2);
    }),
  );
}

function zeros(count: number, value = 0): Tensor {
  return float32([count], new Float32Array(count).fill(value));
}

/** A chain of products with ReLU or Tanh between: 64 inputs, `layers` - 1 products of width x width, 20 outputs. */
export function chainModel(options: {
  readonly width: number;
  readonly layers: number;
  readonly activation: "Relu" | "Tanh" | "Identity";
  readonly seed: number;
}): Uint8Array {
  const { width, layers, activation, seed } = options;
  const random = seededRandom(`chain ${seed}`);
  const sizes = [64, ...Array.from({ length: layers }, () => width), 20];
  const nodes: NodeSpec[] = [];
  const initializers: Record<string, Tensor> = {};
  for (let i = 0; i + 1 < sizes.length; i++) {
    const [inn = 0, out = 0] = [sizes[i], sizes[i + 1]];
    initializers[`w${i}`] = heavy(random, [inn, out], 1 / Math.sqrt(inn));
    initializers[`b${i}`] = heavy(random, [out], 0.05);
    const last = i + 2 === sizes.length;
    nodes.push({ op: "MatMul", inputs: [i === 0 ? "x" : `h${i}`, `w${i}`], outputs: [`m${i}`] });
    nodes.push({ op: "Add", inputs: [`m${i}`, `b${i}`], outputs: [last ? "y" : `a${i}`] });
    if (!last) nodes.push({ op: activation, inputs: [`a${i}`], outputs: [`h${i + 1}`] });
  }
  return buildModel({
    opset: 17,
    inputs: [{ name: "x", type: "float32", dims: ["n", 64] }],
    outputs: [{ name: "y", type: "float32", dims: ["n", 20] }],
    nodes,
    initializers,
  });
}

/** Three convolutions with batch normalisation, a residual connection, pooling, and two dense layers behind Flatten. */
export function convolutionModel(seed: number): Uint8Array {
  const random = seededRandom(`convolution ${seed}`);
  const initializers: Record<string, Tensor> = {};
  const nodes: NodeSpec[] = [];
  const conv = (name: string, from: string, inn: number, out: number): string => {
    initializers[`${name}.w`] = heavy(random, [out, inn, 3, 3], 0.7 / Math.sqrt(9 * inn));
    const stats = ["scale", "bias", "mean", "var"].map((part) => `${name}.${part}`);
    for (const [i, part] of stats.entries())
      initializers[part] = float32(
        [out],
        Float32Array.from({ length: out }, () =>
          i === 0 || i === 3 ? 0.5 + random.uniform() : 0.2 * random.normal(),
        ),
      );
    nodes.push({
      op: "Conv",
      inputs: [from, `${name}.w`],
      outputs: [`${name}.c`],
      attributes: { pads: [1, 1, 1, 1] },
    });
    nodes.push({ op: "BatchNormalization", inputs: [`${name}.c`, ...stats], outputs: [`${name}.n`] });
    return `${name}.n`;
  };
  nodes.push({ op: "Relu", inputs: [conv("first", "x", 3, 64)], outputs: ["h1"] });
  nodes.push({ op: "Relu", inputs: [conv("second", "h1", 64, 64)], outputs: ["h2"] });
  nodes.push({ op: "Add", inputs: [conv("third", "h2", 64, 64), "h1"], outputs: ["sum"] });
  nodes.push({ op: "Relu", inputs: ["sum"], outputs: ["h3"] });
  nodes.push({
    op: "MaxPool",
    inputs: ["h3"],
    outputs: ["p"],
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
  });
  nodes.push({ op: "Flatten", inputs: ["p"], outputs: ["f"] });
  initializers["dense.w"] = heavy(random, [128, 64 * 16], 0.03);
  initializers["dense.b"] = zeros(128, 0.01);
  nodes.push({ op: "Gemm", inputs: ["f", "dense.w", "dense.b"], outputs: ["d"], attributes: { transB: 1 } });
  nodes.push({ op: "Relu", inputs: ["d"], outputs: ["h4"] });
  initializers["out.w"] = heavy(random, [128, 10], 0.09);
  nodes.push({ op: "MatMul", inputs: ["h4", "out.w"], outputs: ["y"] });
  return buildModel({
    opset: 17,
    inputs: [{ name: "x", type: "float32", dims: ["n", 3, 8, 8] }],
    outputs: [{ name: "y", type: "float32", dims: ["n", 10] }],
    nodes,
    initializers,
  });
}

/**
 * Two layers of attention and feed-forward on a residual stream, 12 positions of 48 numbers.
 *
 * @param normalisation LayerNormalization with gains, or root mean squares without any
 */
export function transformerModel(seed: number, normalisation: "layer" | "rms" = "layer"): Uint8Array {
  const random = seededRandom(`transformer ${normalisation} ${seed}`);
  const [inputs, width, head, hidden] = [48, 128, 32, 384];
  const initializers: Record<string, Tensor> = {};
  const nodes: NodeSpec[] = [];
  const product = (name: string, from: string, inn: number, out: number): string => {
    initializers[`${name}.w`] = heavy(random, [inn, out], 0.7 / Math.sqrt(inn));
    nodes.push({ op: "MatMul", inputs: [from, `${name}.w`], outputs: [name] });
    return name;
  };
  const drawn = (middle: number, size: number): Tensor =>
    float32(
      [width],
      Float32Array.from({ length: width }, () => middle + size * random.normal()),
    );
  const norm = (name: string, from: string): string => {
    const gains = `${name}.scale`;
    initializers[gains] = normalisation === "layer" ? drawn(1, 0.2) : zeros(width, 1);
    const bias = normalisation === "layer" ? [`${name}.bias`] : [];
    for (const each of bias) initializers[each] = drawn(0, 0.1);
    const op = normalisation === "layer" ? "LayerNormalization" : "SimplifiedLayerNormalization";
    const attributes = { axis: -1, epsilon: { float: 1e-5 } };
    nodes.push({ op, inputs: [from, gains, ...bias], outputs: [name], attributes });
    return name;
  };
  let stream = product("embed", "x", inputs, width);
  for (const layer of ["one", "two"]) {
    const normed = norm(`${layer}.norm1`, stream);
    const [q = "", k = "", v = ""] = ["q", "k", "v"].map((part) =>
      product(`${layer}.${part}`, normed, width, head),
    );
    nodes.push({ op: "Transpose", inputs: [k], outputs: [`${layer}.kt`], attributes: { perm: [0, 2, 1] } });
    nodes.push({ op: "MatMul", inputs: [q, `${layer}.kt`], outputs: [`${layer}.scores`] });
    nodes.push({
      op: "Softmax",
      inputs: [`${layer}.scores`],
      outputs: [`${layer}.weights`],
      attributes: { axis: -1 },
    });
    nodes.push({ op: "MatMul", inputs: [`${layer}.weights`, v], outputs: [`${layer}.mixed`] });
    const attended = product(`${layer}.o`, `${layer}.mixed`, head, width);
    nodes.push({ op: "Add", inputs: [stream, attended], outputs: [`${layer}.mid`] });
    const up = product(`${layer}.up`, norm(`${layer}.norm2`, `${layer}.mid`), width, hidden);
    nodes.push({ op: "Relu", inputs: [up], outputs: [`${layer}.act`] });
    const down = product(`${layer}.down`, `${layer}.act`, hidden, width);
    nodes.push({ op: "Add", inputs: [down, `${layer}.mid`], outputs: [`${layer}.out`] });
    stream = `${layer}.out`;
  }
  const attributes = { axes: [1], keepdims: 0 };
  nodes.push({ op: "ReduceMean", inputs: [stream], outputs: ["pooled"], attributes });
  product("y", "pooled", width, 16);
  return buildModel({
    opset: 17,
    inputs: [{ name: "x", type: "float32", dims: ["n", 12, inputs] }],
    outputs: [{ name: "y", type: "float32", dims: ["n", 16] }],
    nodes,
    initializers,
  });
}
