import { type AttributeSpec, buildModel, type NodeSpec } from "@indicia/onnx/build";
import type { Tensor } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { describe, expect, it } from "vitest";
import { builderOf } from "./builder.js";
import { irregular } from "./test-support/irregular.js";

const DIMS = [1, 2, 3, 4];
const X: Tensor = { type: "float32", dims: DIMS, data: Float32Array.from(irregular(DIMS, 1)) };

interface Case {
  readonly op: string;
  readonly opset: number;
  readonly attributes: Readonly<Record<string, AttributeSpec>>;
  readonly outputs?: number;
}

/** Forms of operators that later became others. */
const CASES: readonly Case[] = [
  { op: "Clip", opset: 10, attributes: { min: { float: -0.5 }, max: { float: 0.25 } } },
  { op: "Clip", opset: 7, attributes: { max: { float: 0.25 } } },
  { op: "Pad", opset: 10, attributes: { pads: { ints: [0, 0, 1, 0, 0, 0, 0, 2] }, value: { float: 1.5 } } },
  {
    op: "Slice",
    opset: 9,
    attributes: { starts: { ints: [1, 0] }, ends: { ints: [3, 2] }, axes: { ints: [3, 2] } },
  },
  { op: "Slice", opset: 9, attributes: { starts: { ints: [0, 1] }, ends: { ints: [1, 2] } } },
  { op: "TopK", opset: 9, attributes: { k: 2 }, outputs: 2 },
  { op: "Dropout", opset: 11, attributes: { ratio: { float: 0.25 } } },
  { op: "Squeeze", opset: 11, attributes: { axes: { ints: [0] } } },
  { op: "Squeeze", opset: 11, attributes: {} },
  { op: "Unsqueeze", opset: 12, attributes: { axes: { ints: [0, 3] } } },
  { op: "ReduceSum", opset: 12, attributes: { axes: { ints: [1, 3] }, keepdims: 0 } },
  { op: "Split", opset: 11, attributes: { split: { ints: [1, 2] }, axis: 2 }, outputs: 2 },
  { op: "Softmax", opset: 12, attributes: {} },
  { op: "Softmax", opset: 12, attributes: { axis: -1 } },
  { op: "LogSoftmax", opset: 8, attributes: { axis: 2 } },
];

function model(node: NodeSpec, opset: number, outputs = 1): Uint8Array {
  const names = node.outputs.slice(0, outputs);
  return buildModel({
    opset,
    inputs: [{ name: "x", type: "float32", dims: DIMS }],
    outputs: names.slice(0, 1).map((name) => ({ name, type: "float32", dims: null })),
    nodes: [node],
  });
}

async function answer(bytes: Uint8Array): Promise<{ dims: readonly number[]; data: number[] }[]> {
  const session = await openSession(bytes);
  const results = await session.run({ x: X });
  await session.close();
  return Object.values(results).map(({ dims, data }) => ({ dims, data: Array.from(data, Number) }));
}

describe("older forms", () => {
  it.each(CASES)(
    "of $op in operator set $opset mean the same afterwards",
    async ({ op, opset, attributes, outputs = 1 }) => {
      const names = Array.from({ length: outputs }, (_, i) => `y${i}`);
      const old = model({ op, inputs: ["x"], outputs: names, attributes }, opset, outputs);
      const lifted = builderOf(old);
      expect(lifted.opset).toBe(17);
      expect(await answer(lifted.build(["y0"]))).toEqual(await answer(old));
    },
  );

  it.each([
    [{ op: "Upsample", attributes: { scales: [1, 1, 2, 2] } }, 8],
    [{ op: "BatchNormalization", attributes: { spatial: 0 } }, 8],
    [{ op: "Relu", attributes: {} }, 6],
  ] as const)("that have no newer one are refused: %o in %i", async ({ op, attributes }, opset) => {
    const old = model({ op, inputs: ["x"], outputs: ["y0"], attributes }, opset);
    expect(await thrownCode(() => builderOf(old))).toBe("OPSET_UNSUPPORTED");
  });
});
