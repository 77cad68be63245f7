import { describe, expect, it } from "vitest";
import type { Builder } from "./builder.js";
import { type GradientCase, gradientError } from "./test-support/check-gradient.js";
import { real, weight, whole } from "./test-support/irregular.js";

function shape(builder: Builder, ...dims: number[]): string {
  return builder.constant(dims, "int64");
}

function double(builder: Builder, value: number): string {
  return builder.constant(value, "float64");
}

/** Two heads over three places of four features, masked, as exporters spell it, with a residual. */
const attention: GradientCase = {
  name: "an attention block",
  feeds: {
    x: real([2, 3, 4]),
    qkv: weight([4, 12], -0.8, 0.8),
    bias: weight([12]),
    out: weight([4, 4], -0.8, 0.8),
    mask: whole([1, 1, 3, 3], [1, 0, 0, 1, 1, 0, 1, 1, 1]),
  },
  graph: (b) => {
    const all = b.add("Add", [b.add("MatMul", ["x", "qkv"]), "bias"]);
    const heads = b
      .addMany("Split", [all, shape(b, 4, 4, 4)], 3, { axis: -1 })
      .map((part) => b.add("Reshape", [part, shape(b, 0, -1, 2, 2)]));
    const turn = (name: string | undefined, ...perm: number[]): string =>
      b.add("Transpose", [name ?? ""], { perm: { ints: perm } });
    const scores = b.add("Div", [
      b.add("MatMul", [turn(heads[0], 0, 2, 1, 3), turn(heads[1], 0, 2, 3, 1)]),
      b.add("Sqrt", [double(b, 2)]),
    ]);
    const visible = b.add("Equal", ["mask", b.constant(1, "int64")]);
    const weights = b.add("Softmax", [b.add("Where", [visible, scores, double(b, -1e9)])], { axis: -1 });
    const mixed = turn(b.add("MatMul", [weights, turn(heads[2], 0, 2, 1, 3)]), 0, 2, 1, 3);
    return b.add("Add", [b.add("MatMul", [b.add("Reshape", [mixed, shape(b, 0, 0, -1)]), "out"]), "x"]);
  },
};

/** Normalisation spelled out and Gelu by Erf, in the forms of older exporters. */
const perceptron: GradientCase = {
  name: "a perceptron with a norm and Gelu",
  precision: "float32",
  feeds: { x: real([2, 4]), gain: weight([4]), w: weight([3, 4]), c: weight([3]), v: weight([3, 2]) },
  graph: (b) => {
    const mean = b.add("ReduceMean", ["x"], { axes: { ints: [-1] } });
    const centred = b.add("Sub", ["x", mean]);
    const variance = b.add("ReduceMean", [b.add("Pow", [centred, b.constant(2)])], { axes: { ints: [-1] } });
    const deviation = b.add("Sqrt", [b.add("Add", [variance, b.constant(0.1)])]);
    const normed = b.add("Mul", [b.add("Div", [centred, deviation]), "gain"]);
    const hidden = b.add("Gemm", [normed, "w", "c"], { transB: 1 });
    const part = b.add("Erf", [b.add("Div", [hidden, b.constant(Math.SQRT2)])]);
    const gelu = b.add("Mul", [b.add("Mul", [hidden, b.add("Add", [part, b.constant(1)])]), b.constant(0.5)]);
    return b.add("LogSoftmax", [b.add("MatMul", [gelu, "v"])]);
  },
};

/** Smooth, so that differences may be taken; the batch normalised by itself. */
const residual: GradientCase = {
  name: "a residual network with batch normalisation",
  precision: "float32",
  feeds: {
    x: real([3, 2, 4, 4]),
    w: weight([2, 2, 3, 3], -0.5, 0.5),
    scale: weight([2]),
    shift: weight([2]),
    v: weight([2, 3]),
  },
  graph: (b) => {
    const conv = b.add("Conv", ["x", "w"], { pads: { ints: [1, 1, 1, 1] } });
    const statistics = [b.constant([0, 0]), b.constant([1, 1])];
    const [normed = ""] = b.addMany("BatchNormalization", [conv, "scale", "shift", ...statistics], 3, {
      training_mode: 1,
    });
    const sum = b.add("Tanh", [b.add("Add", [normed, "x"])]);
    const pooled = b.add("AveragePool", [sum], { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } });
    const flat = b.add("Flatten", [b.add("GlobalAveragePool", [pooled])]);
    return b.add("Softmax", [b.add("MatMul", [flat, "v"])]);
  },
};

/** A table of words, their mean, and sizes that are computed from the shape of what came in. */
const embedding: GradientCase = {
  name: "an embedding with computed shapes",
  feeds: { table: weight([5, 3]), words: whole([2, 3], [0, 4, 4, 1, 0, 2]), w: weight([6, 2]) },
  graph: (b) => {
    const words = b.add("Gather", ["table", "words"]);
    const first = b.add("Slice", [words, shape(b, 0), shape(b, 2), shape(b, 1)]);
    const rows = b.add("Gather", [b.add("Shape", ["words"]), shape(b, 0)]);
    const flat = b.add("Reshape", [first, b.add("Concat", [rows, shape(b, -1)], { axis: 0 })]);
    return b.add("MatMul", [b.add("Tanh", [flat]), "w"]);
  },
};

describe.each([attention, perceptron, residual, embedding])("$name", (test) => {
  it.each([false, true])(
    "has the gradients that central differences give; sizes left open: %s",
    async (open) => {
      expect(await gradientError(test, open)).toBeLessThan(1);
    },
  );
});
