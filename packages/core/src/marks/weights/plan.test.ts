import { createHash } from "node:crypto";
import type { AttributeSpec, NodeSpec } from "@indicia/onnx/build";
import { openModelBytes } from "@indicia/onnx/open";
import type { Tensor } from "@indicia/onnx/tensor";
import { onnx } from "onnx-proto";
import { describe, expect, it } from "vitest";
import { heavyTensor, layeredBytes, modelBytesOf, modelOf, value } from "./model.fixture.js";
import { planWeights, type WeightPlan } from "./plan.js";

const integers = (...values: number[]): Tensor => ({
  type: "int64",
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});
const node = (
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, AttributeSpec>> = {},
): NodeSpec => ({ op, inputs, outputs: [output], attributes });

/** Row axis by label. */
function axes(plan: WeightPlan): Record<string, number> {
  if ("refusal" in plan) throw new Error(plan.refusal);
  return Object.fromEntries(plan.tensors.map(({ label, rowAxis }) => [label, rowAxis]));
}

const planned = (nodes: readonly NodeSpec[], tensors: Readonly<Record<string, Tensor>>): WeightPlan =>
  planWeights(modelOf(nodes, tensors), { exclude: [] });

describe("planWeights", () => {
  it.each([
    ["MatMul, second input", node("MatMul", ["x", "w"], "y"), [32, 64], 1],
    ["MatMul, batched", node("MatMul", ["x", "w"], "y"), [2, 32, 64], 2],
    ["MatMul, first input", node("MatMul", ["w", "x"], "y"), [32, 64], 0],
    ["Gemm", node("Gemm", ["x", "w"], "y"), [32, 64], 1],
    ["Gemm, transB", node("Gemm", ["x", "w"], "y", { transB: 1 }), [32, 64], 0],
    ["Gemm, transA", node("Gemm", ["w", "x"], "y", { transA: 1 }), [32, 64], 1],
    ["Conv", node("Conv", ["x", "w"], "y"), [16, 8, 3, 3], 0],
    ["ConvTranspose", node("ConvTranspose", ["x", "w"], "y"), [16, 8, 3, 3], 1],
    ["LSTM, W", node("LSTM", ["x", "w", "r"], "y"), [2, 64, 16], 1],
    ["GRU, R", node("GRU", ["x", "v", "w"], "y"), [1, 96, 32], 1],
    ["Gather", node("Gather", ["w", "x"], "y"), [256, 8], 0],
    ["Gather, last axis", node("Gather", ["w", "x"], "y", { axis: -1 }), [256, 8], 1],
    ["Einsum, operand behind", node("Einsum", ["x", "w"], "y", { equation: "bi,hio->bho" }), [4, 16, 32], 2],
    ["Einsum, operand in front", node("Einsum", ["w", "x"], "y", { equation: "oi, bi -> bo" }), [32, 64], 0],
  ])("finds the output channels of %s", (_, use, dims, rowAxis) => {
    const plan = planned([use], { w: heavyTensor("w", dims) });
    expect(axes(plan)).toEqual({ w: rowAxis });
  });

  it("follows weights through what exporters put before an operator", () => {
    const plan = planned(
      [
        node("Transpose", ["turned"], "t1", { perm: [1, 0] }),
        node("MatMul", ["x", "t1"], "y1"),
        node("Transpose", ["reversed"], "t2"),
        node("MatMul", ["x", "t2"], "y2"),
        node("Reshape", ["parameter", "shape"], "t3"),
        node("MatMul", ["x", "t3"], "y3"),
        node("Slice", ["gates", "zero", "half", "zero"], "s1"),
        node("Slice", ["gates", "half", "whole", "zero"], "s2"),
        node("Concat", ["s2", "s1"], "joined", { axis: 0 }),
        node("Unsqueeze", ["joined", "zero"], "t4"),
        node("LSTM", ["x", "t4", "t4"], "y4"),
        node("Squeeze", ["padded"], "t5", { axes: [0] }),
        node("Gemm", ["x", "t5"], "y", { transB: 1 }),
        node("Constant", [], "stored", { value: heavyTensor("stored", [32, 64]) }),
        node("Cast", ["stored"], "t6", { to: 1 }),
        node("MatMul", ["x", "t6"], "y6"),
      ],
      {
        turned: heavyTensor("turned", [64, 32]),
        reversed: heavyTensor("reversed", [64, 32]),
        parameter: heavyTensor("parameter", [16, 4, 4, 10]),
        shape: integers(256, 10),
        gates: heavyTensor("gates", [64, 32]),
        zero: integers(0),
        half: integers(32),
        whole: integers(64),
        padded: heavyTensor("padded", [1, 64, 32]),
      },
    );
    expect(axes(plan)).toEqual({ turned: 0, reversed: 0, parameter: 3, gates: 0, padded: 1, stored: 1 });
  });

  it("looks into branches, where outer weights are used and inner ones are stored", () => {
    const branch = (name: string) => ({
      inputs: [],
      outputs: [value(name, null)],
      nodes: [node("MatMul", ["x", "outer"], `${name}0`), node("MatMul", [`${name}0`, "inner"], name)],
      initializers: { inner: heavyTensor(name, [64, 64]) },
    });
    const plan = planned(
      [node("If", ["x"], "y", { then_branch: branch("yes"), else_branch: branch("no") })],
      { outer: heavyTensor("outer", [32, 64]) },
    );
    const labels = Object.keys(axes(plan));
    expect(labels).toHaveLength(3);
    expect(labels.filter((label) => label.endsWith("/inner"))).toHaveLength(2);
    expect(new Set(labels).size).toBe(3);
  });

  it("follows weights into the model's own functions", () => {
    const bytes = modelBytesOf([{ ...node("Layer", ["x", "w"], "y"), domain: "local" }], {
      w: heavyTensor("w", [32, 64]),
    });
    const proto = onnx.ModelProto.decode(bytes);
    const product = onnx.NodeProto.create({ opType: "MatMul", input: ["in", "weight"], output: ["out"] });
    const layer = {
      name: "Layer",
      domain: "local",
      input: ["in", "weight"],
      output: ["out"],
      node: [product],
    };
    proto.functions = [onnx.FunctionProto.create(layer)];
    const called = onnx.ModelProto.encode(proto).finish();
    expect(axes(planWeights(openModelBytes(called), { exclude: [] }))).toEqual({ w: 1 });
  });

  it("keeps tied weights together, and equal numbers of another shape apart", () => {
    const w = heavyTensor("w", [32, 64]);
    const uses = ["a", "b", "c"].map((name) => node("MatMul", ["x", name], `y${name}`));
    const plan = planned(uses, { a: w, b: w, c: { ...w, dims: [64, 32] } });
    if ("refusal" in plan) throw new Error(plan.refusal);
    expect(plan.tensors.map(({ label, tensors }) => [label, tensors])).toEqual([
      ["a", ["a", "b"]],
      ["c", ["c"]],
    ]);
    expect(plan.tensors[0]).toEqual({
      label: "a",
      tensors: ["a", "b"],
      dims: [32, 64],
      rowAxis: 1,
      rows: 64,
      columns: 32,
      sha256: createHash("sha256")
        .update(w.data as Float32Array)
        .digest("hex"),
    });
  });

  it("leaves out what another mark changes, constants, and what no operator takes as weights", () => {
    const tensors = {
      marked: heavyTensor("marked", [32, 64]),
      ones: { type: "float32", dims: [32, 64], data: new Float32Array(2048).fill(1) },
      positions: heavyTensor("positions", [32, 64]),
      kept: heavyTensor("kept", [32, 64]),
    } as const;
    const nodes = [
      ...["marked", "ones", "kept"].map((name) => node("MatMul", ["x", name], `y${name}`)),
      node("Add", ["x", "positions"], "y"),
    ];
    expect(axes(planWeights(modelOf(nodes, tensors), { exclude: ["marked"] }))).toEqual({ kept: 1 });
  });

  it("says why there is nothing to mark", () => {
    const quantised: Tensor = { type: "int8", dims: [64, 64], data: new Int8Array(4096).fill(3) };
    const plan = planned([node("MatMul", ["x", "tiny"], "y1"), node("MatMul", ["x", "whole"], "y")], {
      tiny: heavyTensor("tiny", [31, 33]),
      whole: quantised,
    });
    expect(plan).toEqual({
      refusal:
        "no large float tensor is used as weights (1 weight tensors have fewer than 1024 elements, 1 are stored as integers)",
    });
  });

  it("ends on joins of joins", () => {
    const joins = Array.from({ length: 40 }, (_, i) =>
      node(
        "Concat",
        Array.from({ length: 40 }, () => (i === 0 ? "x" : `j${i - 1}`)),
        `j${i}`,
        { axis: 0 },
      ),
    );
    const plan = planned([...joins, node("MatMul", ["x", "j39"], "y")], {});
    expect(plan).toHaveProperty("refusal");
  });

  it("is the same every time", () => {
    const plans = [1, 2].map(() => planWeights(openModelBytes(layeredBytes()), { exclude: [] }));
    expect(plans[0]).toEqual(plans[1]);
  });
});
