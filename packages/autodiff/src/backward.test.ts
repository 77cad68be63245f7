import type { GraphSpec } from "@indicia/onnx/build";
import type { Tensor } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { describe, expect, it } from "vitest";
import { backward } from "./backward.js";
import { type Builder, newBuilder } from "./builder.js";

function vector(...numbers: number[]): Tensor {
  return { type: "float32", dims: [numbers.length], data: Float32Array.from(numbers) };
}

function begun(): Builder {
  return newBuilder({ inputs: [{ name: "x", type: "float32", dims: ["N"] }] });
}

function total(builder: Builder, name: string): string {
  return builder.add("ReduceSum", [name], { keepdims: 0 });
}

async function run(builder: Builder, x: Tensor, outputs: readonly string[]): Promise<number[][]> {
  const session = await openSession(builder.build(outputs));
  const results = await session.run(session.inputs.length === 0 ? {} : { x });
  await session.close();
  return outputs.map((name) => Array.from(results[name]?.data ?? [], Number));
}

describe("a gradient", () => {
  it("adds up over all ways to the loss", async () => {
    const builder = begun();
    const square = builder.add("Mul", ["x", "x"]);
    const cube = builder.add("Mul", [square, "x"]);
    const loss = total(builder, builder.add("Add", [cube, square]));
    const grads = backward(builder, loss, ["x", square]);
    expect(await run(builder, vector(1, -2), [grads.get("x") ?? "", grads.get(square) ?? ""])).toEqual([
      [5, 8],
      [2, -1],
    ]);
  });

  it("of the loss itself is one", async () => {
    const builder = begun();
    const loss = total(builder, "x");
    const grads = backward(builder, loss, [loss]);
    expect(await run(builder, vector(1), [grads.get(loss) ?? ""])).toEqual([[1]]);
  });

  it("is absent where the loss does not depend on a value, or only by steps", () => {
    const builder = begun();
    builder.initializers.set("unused", vector(1));
    builder.initializers.set("stepped", vector(1));
    const loss = total(builder, builder.add("Add", ["x", builder.add("Sign", ["stepped"])]));
    expect([...backward(builder, loss, ["x", "unused", "stepped"]).keys()]).toEqual(["x"]);
  });

  it("leaves the rest of the graph as it was", async () => {
    const builder = begun();
    const y = builder.add("Relu", ["x"]);
    const loss = total(builder, y);
    const before = await run(builder, vector(1, -2), [y]);
    backward(builder, loss, ["x"]);
    expect(await run(builder, vector(1, -2), [y])).toEqual(before);
  });
});

describe("training forms", () => {
  it("of Dropout pass the gradient where the value passed", async () => {
    const builder = begun();
    builder.initializers.set("train", { type: "bool", dims: [], data: Uint8Array.of(1) });
    const y = builder.add("Dropout", ["x", builder.constant(0.75), "train"]);
    const grad = backward(builder, total(builder, y), ["x"]).get("x") ?? "";
    const [values, grads] = await run(builder, vector(...new Array<number>(200).fill(1)), [y, grad]);
    expect(grads).toEqual(values);
    expect(new Set(grads)).toEqual(new Set([0, 4]));
  });

  it("of BatchNormalization give the running statistics", async () => {
    const builder = newBuilder({ inputs: [{ name: "x", type: "float32", dims: ["N"] }] });
    const image = builder.add("Reshape", ["x", builder.constant([-1, 1], "int64")]);
    const [zero, one] = [builder.constant([0]), builder.constant([1])];
    const [y = "", mean = "", variance = ""] = builder.addMany(
      "BatchNormalization",
      [image, one, zero, zero, one],
      3,
      { training_mode: 1, momentum: { float: 0.5 } },
    );
    backward(builder, total(builder, builder.add("Mul", [y, y])), ["x"]);
    expect(await run(builder, vector(1, 3), [mean, variance])).toEqual([[1], [1]]);
  });

  it.each(["ReduceMax", "ReduceMin"])("of %s share the gradient among equals", async (op) => {
    const builder = begun();
    const grad = backward(builder, builder.add(op, ["x"], { keepdims: 0 }), ["x"]).get("x") ?? "";
    const sign = op === "ReduceMax" ? 1 : -1;
    expect(await run(builder, vector(sign * 3, sign, sign * 3), [grad])).toEqual([[0.5, 0, 0.5]]);
  });

  it("of a maximum share the gradient among equals", async () => {
    const builder = begun();
    const image = builder.add("Reshape", ["x", builder.constant([1, 1, 2, 2], "int64")]);
    const y = builder.add("MaxPool", [image], { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } });
    const grad = backward(builder, total(builder, y), ["x"]).get("x") ?? "";
    expect(await run(builder, vector(3, 1, 3, 0), [grad])).toEqual([[0.5, 0, 0.5, 0]]);
  });
});

describe("refused", () => {
  it("is an operator without a rule, named with its node", () => {
    const builder = begun();
    builder.nodes.push({ op: "Det", name: "the-node", inputs: ["x"], outputs: ["y"] });
    const attempt = (): unknown => backward(builder, total(builder, "y"), ["x"]);
    expect(attempt).toThrow(expect.objectContaining({ code: "NO_GRADIENT" }));
    expect(attempt).toThrow(/Det.*the-node/u);
  });

  it("is a loop, a branch, and an operator of another domain", async () => {
    const branch: GraphSpec = {
      inputs: [],
      outputs: [{ name: "z", type: null, dims: null }],
      nodes: [{ op: "Identity", inputs: ["x"], outputs: ["z"] }],
    };
    for (const node of [
      {
        op: "If",
        inputs: ["c", "x"],
        outputs: ["y"],
        attributes: { then_branch: branch, else_branch: branch },
      },
      { op: "Relu", domain: "elsewhere", inputs: ["x"], outputs: ["y"] },
    ]) {
      const builder = begun();
      builder.nodes.push(node);
      expect(await thrownCode(() => backward(builder, total(builder, "y"), ["x"]))).toBe("NO_GRADIENT");
    }
  });

  it("is a way through half floats", async () => {
    const builder = begun();
    const half = builder.add("Cast", ["x"], { to: 10 });
    const loss = total(builder, builder.add("Cast", [half], { to: 1 }));
    expect(await thrownCode(() => backward(builder, loss, ["x"]))).toBe("NO_GRADIENT");
  });

  it("is a loss of many numbers, or of whole ones", async () => {
    const builder = begun();
    expect(await thrownCode(() => backward(builder, builder.add("Relu", ["x"]), ["x"]))).toBe("LOSS_SHAPE");
    expect(await thrownCode(() => backward(builder, builder.add("Size", ["x"]), ["x"]))).toBe("LOSS_SHAPE");
  });

  it("is what the graph does not have", async () => {
    const builder = begun();
    expect(await thrownCode(() => backward(builder, total(builder, "x"), ["z"]))).toBe("VALUE_UNKNOWN");
  });
});
