import { buildModel } from "@indicia/onnx/build";
import { openModelBytes } from "@indicia/onnx/open";
import type { Tensor } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { describe, expect, it } from "vitest";
import { builderOf, newBuilder } from "./builder.js";

const X = { name: "x", type: "float32", dims: ["N", 2] } as const;
const PAIR: Tensor = { type: "float32", dims: [2], data: Float32Array.of(10, 20) };
const TWO: Tensor = { type: "float32", dims: [1, 2], data: Float32Array.of(1, 2) };

function model(opset: number): Uint8Array {
  return buildModel({
    opset,
    inputs: [X],
    outputs: [{ name: "y", type: "float32", dims: ["N", 2] }],
    nodes: [
      { op: "Constant", inputs: [], outputs: ["c"], attributes: { value: PAIR } },
      { op: "Mul", inputs: ["x", "w"], outputs: ["m"] },
      { op: "Add", inputs: ["m", "c"], outputs: ["y"] },
    ],
    initializers: { w: { type: "float32", dims: [2], data: Float32Array.of(3, 4) } },
  });
}

async function answer(bytes: Uint8Array, output: string): Promise<number[]> {
  const session = await openSession(bytes);
  const result = await session.run({ x: TWO });
  await session.close();
  return Array.from(result[output]?.data ?? [], Number);
}

describe("a builder", () => {
  it("makes what runs", async () => {
    const builder = newBuilder({ inputs: [X] });
    const [left = "", right = ""] = builder.addMany("Split", ["x"], 2, { axis: 1 });
    const sum = builder.add("Add", [left, builder.add("Mul", [right, builder.constant(5)])]);
    expect(await answer(builder.build([sum]), sum)).toEqual([11]);
  });

  it("gives every name once", () => {
    const builder = newBuilder({ inputs: [X] });
    const names = [builder.fresh("x"), builder.fresh("x"), builder.fresh("y"), builder.add("Y", ["x"])];
    expect(new Set([...names, "x"]).size).toBe(5);
  });

  it("shares equal constants, and tells apart those of other types and shapes", () => {
    const builder = newBuilder();
    const names = [
      builder.constant(1),
      builder.constant(1),
      builder.constant(1, "float64"),
      builder.constant([1]),
      builder.constant([1], "float32", [1, 1]),
      builder.constant(-0),
      builder.constant(0),
    ];
    expect(new Set(names).size).toBe(6);
    expect(builder.initializers.size).toBe(6);
  });

  it("leaves out what the outputs do not need", () => {
    const builder = builderOf(model(17));
    builder.inputs.push({ name: "unused", type: "float32", dims: [1] });
    const { graph } = openModelBytes(builder.build(["m"]));
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Mul"]);
    expect(graph.initializers.map(({ name }) => name)).toEqual(["w"]);
    expect(graph.inputs.map(({ name }) => name)).toEqual(["x"]);
  });

  it("refuses outputs that the graph does not have", async () => {
    expect(await thrownCode(() => builderOf(model(17)).build(["z"]))).toBe("VALUE_UNKNOWN");
  });
});

describe("a model taken in", () => {
  it.each([13, 15, 17, 21])("computes the same, of operator set %i", async (opset) => {
    const builder = builderOf(model(opset));
    expect(builder.opset).toBe(Math.max(opset, 17));
    expect([...builder.initializers.keys()].sort()).toEqual(["c", "w"]);
    expect(await answer(builder.build(["y"]), "y")).toEqual([13, 28]);
  });

  it.each([6, 99])("is refused, of operator set %i", async (opset) => {
    expect(await thrownCode(() => builderOf(model(opset)))).toBe("OPSET_UNSUPPORTED");
  });
});
