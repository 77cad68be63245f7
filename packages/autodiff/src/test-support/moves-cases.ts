import type { GradientCase } from "./check-gradient.js";
import { single } from "./elementwise-cases.js";
import { real, whole } from "./irregular.js";

const X = { x: real([2, 3, 4]) };

const reductions = (op: string, low = -1.5): GradientCase[] => {
  const x = real([2, 3, 2], low, 1.5);
  const axes = { axes: { ints: [1] } };
  const asInput = op === "ReduceSum";
  return [
    single(op, { x }, { keepdims: 0 }, {}, "all"),
    asInput
      ? single(op, { x, axes: whole([2], [0, -1]) }, { keepdims: 0 })
      : single(op, { x }, { axes: { ints: [0, -1] }, keepdims: 0 }, {}, "over 0 and 2"),
    asInput ? single(op, { x, axes: whole([1], [1]) }) : single(op, { x }, axes, {}, "over 1, kept"),
    single(op, { x, axes: whole([2], [1, 2]) }, { keepdims: 0 }, { opset: 18 }, "axes as input"),
    {
      ...single(op, { x, axes: whole([0], []) }, { noop_with_empty_axes: 1 }, { opset: 18 }, "none"),
    },
  ];
};

/** The values of a TopK, and its second part where a Split has an output that nobody takes. */
const firstOf =
  (
    op: string,
    outputs: number,
    at: number,
    inputs: readonly string[],
    attributes = {},
  ): GradientCase["graph"] =>
  (builder) =>
    builder.addMany(op, inputs, outputs, attributes)[at] ?? "";

export const MOVES_CASES: Readonly<Record<string, readonly GradientCase[]>> = {
  Reshape: [
    single("Reshape", { ...X, shape: whole([2], [4, -1]) }),
    single("Reshape", { ...X, shape: whole([3], [0, -1, 2]) }),
  ],
  Flatten: [single("Flatten", X), single("Flatten", X, { axis: -1 })],
  Squeeze: [
    single("Squeeze", { x: real([2, 1, 3]), axes: whole([1], [1]) }),
    single("Squeeze", { x: real([1, 3, 1]) }),
  ],
  Unsqueeze: [single("Unsqueeze", { ...X, axes: whole([2], [0, -1]) })],
  Transpose: [single("Transpose", X), single("Transpose", X, { perm: { ints: [1, 2, 0] } })],
  Concat: [
    single("Concat", { a: real([2, 2]), b: real([2, 3]) }, { axis: 1 }),
    single("Concat", { a: real([2, 2]), b: real([1, 2]), c: real([1, 2]) }, { axis: -2 }),
    single("Concat", { a: real([2, 2]) }, { axis: 0 }),
  ],
  Split: [
    { name: "Split, last part", feeds: X, graph: firstOf("Split", 2, 1, ["x"], { axis: 2 }) },
    {
      name: "Split in given sizes",
      feeds: { ...X, sizes: whole([2], [1, 2]) },
      graph: firstOf("Split", 2, 1, ["x", "sizes"], { axis: -2 }),
    },
    {
      name: "Split, all parts",
      feeds: { x: real([4, 2]) },
      graph: (b) => b.add("Mul", b.addMany("Split", ["x"], 2)),
    },
  ],
  Slice: [
    single("Slice", { ...X, from: whole([2], [1, 0]), to: whole([2], [3, -1]), axes: whole([2], [1, 2]) }),
    single("Slice", {
      ...X,
      from: whole([1], [-1]),
      to: whole([1], [-100]),
      axes: whole([1], [2]),
      steps: whole([1], [-2]),
    }),
  ],
  Pad: [
    single("Pad", { ...X, pads: whole([6], [0, 1, 2, 1, 0, -1]), filling: real([]) }),
    single("Pad", { x: real([3, 4]), pads: whole([4], [0, 2, 1, 1]) }, { mode: "reflect" }),
    single("Pad", { x: real([3, 4]), pads: whole([4], [0, 2, 1, 1]) }, { mode: "edge" }),
    {
      name: "Pad of chosen axes",
      feeds: { ...X, pads: whole([2], [1, 2]), axes: whole([1], [1]) },
      graph: (b) => b.add("Pad", ["x", "pads", "", "axes"]),
      opset: 18,
    },
  ],
  Tile: [single("Tile", { x: real([2, 3]), times: whole([2], [2, 3]) })],
  Expand: [
    single("Expand", { x: real([3, 1]), shape: whole([3], [2, 1, 4]) }),
    single("Expand", { x: real([]), shape: whole([2], [2, 2]) }),
  ],
  Gather: [
    single("Gather", { x: real([4, 3]), at: whole([2, 3], [0, 2, 2, -1, 0, 3]) }),
    single("Gather", { x: real([4, 3]), at: whole([], [2]) }),
    single("Gather", { x: real([2, 4]), at: whole([3], [1, 1, -1]) }, { axis: 1 }),
  ],
  GatherElements: [
    single("GatherElements", { x: real([3, 2]), at: whole([2, 2], [0, 1, 0, -1]) }),
    single("GatherElements", { x: real([2, 3]), at: whole([2, 2], [0, 0, 2, 1]) }, { axis: 1 }),
  ],
  GatherND: [
    single("GatherND", { x: real([3, 2]), at: whole([3, 1], [2, 0, 2]) }),
    single("GatherND", { x: real([2, 3]), at: whole([2, 1], [2, 0]) }, { batch_dims: 1 }),
  ],
  TopK: [
    {
      name: "TopK",
      feeds: { x: real([3, 4]), k: whole([1], [2]) },
      graph: firstOf("TopK", 2, 0, ["x", "k"]),
    },
  ],
  Trilu: [
    single("Trilu", { x: real([3, 3]) }),
    single("Trilu", { x: real([3, 3]), k: whole([], [1]) }, { upper: 0 }),
  ],
  ReduceSum: reductions("ReduceSum"),
  ReduceMean: reductions("ReduceMean"),
  ReduceMax: reductions("ReduceMax"),
  ReduceMin: reductions("ReduceMin"),
  ReduceL1: reductions("ReduceL1"),
  ReduceL2: reductions("ReduceL2"),
  ReduceSumSquare: reductions("ReduceSumSquare"),
  ReduceLogSum: reductions("ReduceLogSum", 0.3),
  ReduceLogSumExp: reductions("ReduceLogSumExp"),
};
