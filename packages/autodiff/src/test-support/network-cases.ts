import type { AttributeSpec } from "@indicia/onnx/build";
import type { GradientCase } from "./check-gradient.js";
import { single } from "./elementwise-cases.js";
import { type Feed, real, weight } from "./irregular.js";

const ints = (...numbers: number[]): { ints: number[] } => ({ ints: numbers });

const LINEAR = { precision: "linear" } as const;
const SINGLE = { precision: "float32" } as const;

/** Two-dimensional with a bias; the size of the image is told, or left open. */
function conv(
  op: "Conv" | "ConvTranspose",
  x: readonly number[],
  w: readonly number[],
  attributes: Readonly<Record<string, AttributeSpec>> = {},
  extra: { readonly closed?: boolean } = {},
): GradientCase {
  const group = typeof attributes["group"] === "number" ? attributes["group"] : 1;
  const channels = op === "Conv" ? (w[0] ?? 1) : (w[1] ?? 1) * group;
  const feeds: Record<string, Feed> = { x: real(x), w: weight(w), b: weight([channels]) };
  return single(op, feeds, attributes, { ...LINEAR, ...extra }, JSON.stringify(attributes));
}

/** Values ten times as far apart as the step, so that no maximum changes. */
const spreadOut = (dims: readonly number[]): { x: Feed } => ({ x: real(dims, -20, 20) });

export const NETWORK_CASES: Readonly<Record<string, readonly GradientCase[]>> = {
  MatMul: [
    single("MatMul", { a: real([2, 3]), b: real([3, 4]) }),
    single("MatMul", { a: real([2, 2, 3]), b: weight([3, 2]) }),
    single("MatMul", { a: real([2, 3]), b: real([2, 3, 2]) }),
    single("MatMul", { a: real([2, 1, 2, 3]), b: real([2, 3, 2]) }),
    single("MatMul", { a: weight([3]), b: real([3, 2]) }),
    single("MatMul", { a: real([2, 2, 3]), b: weight([3]) }),
    single("MatMul", { a: weight([3]), b: weight([3]) }),
    single("MatMul", { a: weight([3]), b: real([2, 3, 2]) }),
  ],
  Gemm: [
    single("Gemm", { a: real([2, 3]), b: real([3, 4]) }),
    single("Gemm", { a: real([2, 3]), b: real([4, 3]), c: real([4]) }, { transB: 1, alpha: 0.5, beta: 1.5 }),
    single("Gemm", { a: real([3, 2]), b: real([3, 4]), c: real([2, 1]) }, { transA: 1, beta: 0.5 }),
    single("Gemm", { a: real([3, 2]), b: real([4, 3]), c: real([]) }, { transA: 1, transB: 1, alpha: 1.5 }),
  ],
  Einsum: [
    single("Einsum", { a: real([2, 3]), b: real([3, 2]) }, { equation: "ij,jk->ik" }),
    single("Einsum", { a: real([2, 2, 3]), b: real([2, 2, 3]) }, { equation: "bqd, bkd -> bqk" }),
    single("Einsum", { a: real([2, 3]), b: real([3, 4]) }, { equation: "ij,jk" }),
    single("Einsum", { a: real([2, 3]) }, { equation: "ij->ji" }),
  ],
  Conv: [
    conv("Conv", [2, 2, 5, 4], [3, 2, 3, 2]),
    conv("Conv", [2, 1, 5, 5], [2, 1, 3, 3], { pads: ints(1, 1, 1, 1) }),
    conv("Conv", [2, 4, 6, 5], [2, 4, 3, 2], { strides: ints(2, 1), pads: ints(1, 0, 0, 1) }),
    conv("Conv", [2, 2, 6, 7], [3, 2, 2, 2], { strides: ints(2, 3), dilations: ints(2, 1) }),
    conv("Conv", [2, 5, 6, 6], [2, 5, 2, 3], {
      strides: ints(3, 2),
      dilations: ints(2, 1),
      pads: ints(0, 1, 1, 0),
    }),
    conv("Conv", [2, 4, 4, 4], [3, 4, 1, 1]),
    conv("Conv", [1, 4, 5, 5], [3, 4, 1, 1], { strides: ints(2, 2) }),
    conv("Conv", [2, 4, 4, 4], [6, 2, 2, 2], { group: 2 }),
    conv("Conv", [2, 3, 5, 5], [3, 1, 3, 3], { group: 3, pads: ints(1, 1, 1, 1), strides: ints(2, 2) }),
    conv("Conv", [1, 2, 5, 5], [2, 2, 3, 3], { auto_pad: "SAME_UPPER" }),
    conv(
      "Conv",
      [1, 4, 5, 6],
      [2, 4, 2, 3],
      { auto_pad: "SAME_LOWER", strides: ints(2, 2) },
      { closed: true },
    ),
    conv("Conv", [1, 1, 5, 5], [2, 1, 3, 3], { auto_pad: "VALID" }),
    conv("Conv", [2, 2, 7], [3, 2, 3], { strides: ints(2), pads: ints(1, 1) }),
    conv("Conv", [2, 4, 7], [3, 4, 3], { pads: ints(2, 0) }),
    conv("Conv", [1, 2, 3, 3, 3], [2, 2, 2, 2, 2]),
  ],
  ConvTranspose: [
    conv("ConvTranspose", [2, 2, 3, 3], [2, 3, 2, 2]),
    conv("ConvTranspose", [1, 2, 3, 3], [2, 4, 3, 3], {
      strides: ints(2, 2),
      pads: ints(1, 1, 1, 1),
      output_padding: ints(1, 1),
    }),
    conv("ConvTranspose", [1, 4, 3, 2], [4, 1, 2, 2], { group: 2, dilations: ints(2, 1) }),
    conv("ConvTranspose", [2, 3, 4], [3, 2, 3], { strides: ints(2) }),
  ],
  MaxPool: [
    single("MaxPool", spreadOut([2, 2, 4, 4]), { kernel_shape: ints(2, 2), strides: ints(2, 2) }, LINEAR),
    single("MaxPool", spreadOut([1, 2, 5, 7]), { kernel_shape: ints(2, 3), strides: ints(2, 3) }, LINEAR),
    single("MaxPool", spreadOut([1, 2, 6]), { kernel_shape: ints(3), strides: ints(3) }, LINEAR),
    single("MaxPool", spreadOut([1, 2, 4, 4]), { kernel_shape: ints(2, 2), strides: ints(2, 2) }),
    single("MaxPool", spreadOut([2, 1, 5, 5]), {
      kernel_shape: ints(3, 3),
      strides: ints(2, 2),
      pads: ints(1, 1, 1, 1),
    }),
    single("MaxPool", spreadOut([1, 2, 5, 5]), {
      kernel_shape: ints(2, 2),
      dilations: ints(2, 1),
      ceil_mode: 1,
    }),
    {
      ...single("MaxPool", { x: real([2, 2, 4, 4], -16, 24) }, {}, LINEAR),
      name: "MaxPool after Relu",
      graph: (b) =>
        b.add("MaxPool", [b.add("Relu", ["x"])], { kernel_shape: ints(2, 2), strides: ints(2, 2) }),
    },
    {
      ...single("MaxPool", { x: real([1, 2, 4, 4], -16, 24) }, {}, LINEAR),
      name: "MaxPool beside another use of the Relu before it",
      graph: (b) => {
        const y = b.add("Relu", ["x"]);
        const pooled = b.add("MaxPool", [y], { kernel_shape: ints(2, 2), strides: ints(2, 2) });
        return b.add("Concat", [b.add("Flatten", [y]), b.add("Flatten", [pooled])], { axis: 1 });
      },
    },
  ],
  AveragePool: [
    single(
      "AveragePool",
      { x: real([2, 2, 4, 4]) },
      { kernel_shape: ints(2, 2), strides: ints(2, 2) },
      LINEAR,
    ),
    single(
      "AveragePool",
      { x: real([1, 2, 5, 5]) },
      { kernel_shape: ints(2, 2), strides: ints(2, 2) },
      LINEAR,
    ),
    single("AveragePool", { x: real([1, 2, 5, 4]) }, { kernel_shape: ints(3, 2) }, LINEAR),
    single(
      "AveragePool",
      { x: real([1, 2, 5, 5]) },
      { kernel_shape: ints(3, 3), strides: ints(2, 2), pads: ints(1, 1, 1, 1) },
      { ...LINEAR, closed: true },
    ),
    single(
      "AveragePool",
      { x: real([1, 1, 5, 5]) },
      { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1), count_include_pad: 1 },
      LINEAR,
      "padding counts",
    ),
    single(
      "AveragePool",
      { x: real([1, 1, 6, 5]) },
      { kernel_shape: ints(3, 2), strides: ints(2, 2), ceil_mode: 1 },
      { ...LINEAR, closed: true },
      "ceil",
    ),
    single("AveragePool", { x: real([2, 2, 6]) }, { kernel_shape: ints(3), strides: ints(1) }, LINEAR),
  ],
  LpPool: [
    single("LpPool", { x: real([1, 2, 4, 4]) }, { kernel_shape: ints(2, 2), strides: ints(2, 2) }, SINGLE),
    single("LpPool", { x: real([1, 1, 4, 4], 0.3, 2) }, { kernel_shape: ints(2, 2), p: 3 }, SINGLE),
    single("LpPool", { x: real([1, 1, 4, 4]) }, { kernel_shape: ints(2, 2), p: 1 }, LINEAR),
  ],
  GlobalAveragePool: [single("GlobalAveragePool", { x: real([2, 2, 3, 2]) }, {}, LINEAR)],
  GlobalMaxPool: [single("GlobalMaxPool", spreadOut([2, 2, 3, 2]), {}, LINEAR)],
  GlobalLpPool: [single("GlobalLpPool", { x: real([2, 2, 3, 2]) }, {}, SINGLE)],
  BatchNormalization: [
    single("BatchNormalization", {
      x: real([2, 2, 3]),
      scale: real([2]),
      bias: real([2]),
      mean: real([2]),
      variance: real([2], 0.5, 2),
    }),
    {
      name: "BatchNormalization in training",
      feeds: { x: real([3, 2, 2, 2]), scale: real([2]), bias: real([2]) },
      graph: (b) => {
        const statistics = [b.constant([0, 0], "float64"), b.constant([1, 1], "float64")];
        return (
          b.addMany("BatchNormalization", ["x", "scale", "bias", ...statistics], 3, {
            training_mode: 1,
          })[0] ?? ""
        );
      },
    },
  ],
  LayerNormalization: [
    single("LayerNormalization", { x: real([2, 3, 4]), scale: real([4]), bias: real([4]) }),
    single("LayerNormalization", { x: real([2, 3, 2]), scale: real([3, 2]) }, { axis: 1, epsilon: 0.1 }),
    single("LayerNormalization", { x: real([2, 3, 2]), scale: real([3, 2]), bias: real([2]) }, { axis: -2 }),
  ],
  InstanceNormalization: [
    single(
      "InstanceNormalization",
      { x: real([2, 2, 3, 2]), scale: real([2]), bias: real([2]) },
      { epsilon: 0.1 },
      SINGLE,
    ),
  ],
  GroupNormalization: [
    single(
      "GroupNormalization",
      { x: real([2, 4, 3]), scale: real([2]), bias: real([2]) },
      { num_groups: 2, epsilon: 0.1 },
      { ...SINGLE, opset: 18 },
    ),
    single(
      "GroupNormalization",
      { x: real([2, 4, 3]), scale: real([4]), bias: real([4]) },
      { num_groups: 2, epsilon: 0.1 },
      { ...SINGLE, opset: 21 },
    ),
  ],
};
