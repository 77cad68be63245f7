import { buildModel, type NodeSpec } from "@indicia/onnx/build";
import { openModelBytes } from "@indicia/onnx/open";
import type { Tensor } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { openStepSession } from "@indicia/runtime/step-session";
import { describe, expect, it } from "vitest";
import { builderOf, newBuilder } from "./builder.js";
import { clipByNorm } from "./clip.js";
import { scoresOf } from "./logits.js";
import { addOptimiser, optimiserFeeds } from "./optimiser.js";
import { trainable } from "./parameters.js";
import { poolFirst } from "./pool-first.js";
import { random } from "./random.js";

function floats(dims: readonly number[], seed = 1): Tensor {
  const numbers = random(seed, "floats");
  const length = dims.reduce((product, dim) => product * dim, 1);
  return { type: "float32", dims, data: Float32Array.from({ length }, () => numbers.normal()) };
}

function model(nodes: readonly NodeSpec[], initializers: Readonly<Record<string, Tensor>>): Uint8Array {
  return buildModel({
    opset: 17,
    inputs: [{ name: "x", type: "float32", dims: [2, 3, 8, 8] }],
    outputs: [{ name: "y", type: "float32", dims: null }],
    nodes,
    initializers,
  });
}

describe("trainable", () => {
  it("takes weights and biases, and leaves masks, settings and constants alone", () => {
    const single: Tensor = { type: "float32", dims: [], data: Float32Array.of(0.5) };
    const bytes = model(
      [
        { op: "Conv", inputs: ["x", "kernel", "bias"], outputs: ["a"] },
        { op: "BatchNormalization", inputs: ["a", "scale", "shift", "mean", "variance"], outputs: ["b"] },
        { op: "Clip", inputs: ["b", "low", ""], outputs: ["c"] },
        { op: "Mul", inputs: ["c", "half"], outputs: ["d"] },
        { op: "Add", inputs: ["d", "mask"], outputs: ["y"] },
        { op: "Add", inputs: ["y", "unused"], outputs: ["z"] },
      ],
      {
        kernel: floats([1, 3, 3, 3]),
        bias: floats([1]),
        scale: floats([1]),
        shift: floats([1]),
        mean: floats([1]),
        variance: floats([1]),
        low: single,
        half: single,
        mask: { type: "float32", dims: [6], data: Float32Array.of(0, -1e9, 0, 0, 0, 0) },
        unused: floats([6]),
      },
    );
    const found = trainable(builderOf(bytes), bytes, "y");
    expect([...found.keys()]).toEqual(["kernel", "bias", "scale", "shift"]);
  });
});

describe("scoresOf", () => {
  it("looks behind what makes probabilities, and nothing else", () => {
    const ends = (...ops: string[]) =>
      builderOf(
        model(
          ops.map((op, i) => ({
            op,
            inputs: [i === 0 ? "x" : `v${i}`],
            outputs: [i === ops.length - 1 ? "y" : `v${i + 1}`],
          })),
          {},
        ),
      );
    expect(scoresOf(ends("Relu", "Softmax", "Identity"), "y")).toEqual({ value: "v1", squashing: "Softmax" });
    expect(scoresOf(ends("Tanh", "Relu"), "y")).toEqual({ value: "y", squashing: null });
    expect(() => scoresOf(ends("Relu"), "z")).toThrow(expect.objectContaining({ code: "VALUE_UNKNOWN" }));
  });
});

describe("poolFirst", () => {
  const nodes: readonly NodeSpec[] = [
    { op: "Relu", inputs: ["x"], outputs: ["a"] },
    {
      op: "MaxPool",
      inputs: ["a"],
      outputs: ["y"],
      attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
    },
  ];

  it("changes no number", async () => {
    const builder = builderOf(model(nodes, {}));
    poolFirst(builder);
    expect(builder.nodes.map(({ op }) => op)).toEqual(["MaxPool", "Relu"]);
    const x = floats([2, 3, 8, 8]);
    const answers = await Promise.all(
      [model(nodes, {}), builder.build(["y"])].map(async (bytes) => {
        const session = await openSession(bytes);
        const { y } = await session.run({ x });
        await session.close();
        return y?.data;
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
  });

  it("leaves what something else takes", () => {
    const used = [...nodes, { op: "Neg", inputs: ["a"], outputs: ["other"] }];
    const builder = builderOf(model(used, {}));
    poolFirst(builder);
    expect(builder.nodes.map(({ op }) => op)).toEqual(["Relu", "MaxPool", "Neg"]);
  });
});

describe("clipByNorm", () => {
  it.each([
    [10, [3, 0, 0, 4]],
    [2.5, [1.5, 0, 0, 2]],
  ])("to %f", async (limit, expected) => {
    const builder = newBuilder({
      inputs: ["a", "b"].map((name) => ({ name, type: "float32", dims: [2] })),
    });
    const clipped = clipByNorm(builder, ["a", "b"], limit);
    const session = await openSession(builder.build(clipped));
    const pair = (...values: number[]): Tensor => ({
      type: "float32",
      dims: [2],
      data: Float32Array.from(values),
    });
    const outputs = await session.run({ a: pair(3, 0), b: pair(0, 4) });
    const numbers = clipped.flatMap((name) => Array.from(outputs[name]?.data ?? [], Number));
    for (const [i, value] of expected.entries()) expect(numbers[i]).toBeCloseTo(value, 4);
    await session.close();
  });
});

describe("optimisers over several steps", () => {
  const gradients = [0.5, -1, 0.25, 2];

  /** The parameter after every step, begun at 1, as [1, 1] so that it decays. */
  async function path(optimiser: Parameters<typeof addOptimiser>[1]): Promise<number[]> {
    const builder = newBuilder({
      inputs: ["w", "g"].map((name) => ({ name, type: "float32", dims: [1, 1] })),
    });
    const tensor: Tensor = { type: "float32", dims: [1, 1], data: Float32Array.of(1) };
    const { outputs, state } = addOptimiser(builder, optimiser, [{ name: "w", tensor, gradient: "g" }]);
    const bytes = builder.build([...outputs.values()]);
    const taken = openModelBytes(bytes).graph.inputs.map(({ name }) => name);
    const session = await openStepSession(bytes, { carried: outputs, state });
    const values: number[] = [];
    for (const [step, g] of gradients.entries()) {
      const feeds = Object.entries(optimiserFeeds(optimiser, 0.1, step)).filter(([name]) =>
        taken.includes(name),
      );
      await session.step({
        ...Object.fromEntries(feeds),
        g: { type: "float32", dims: [1, 1], data: Float32Array.of(g) },
      });
      values.push(Number(session.state().get("w")?.data[0]));
    }
    await session.close();
    return values;
  }

  it("follow their formulas", async () => {
    let [w, v] = [1, 0];
    const nesterov = gradients.map((g) => {
      const decayed = g + 0.01 * w;
      v = 0.9 * v + decayed;
      w -= 0.1 * (decayed + 0.9 * v);
      return w;
    });
    const found = await path({ kind: "sgd", momentum: 0.9, nesterov: true, weightDecay: 0.01 });
    for (const [i, value] of nesterov.entries()) expect(found[i]).toBeCloseTo(value, 5);
    let [p, m, s] = [1, 0, 0];
    const adamw = gradients.map((g, i) => {
      m = 0.9 * m + 0.1 * g;
      s = 0.999 * s + 0.001 * g * g;
      p -= 0.1 * 0.01 * p;
      p -= (0.1 * (m / (1 - 0.9 ** (i + 1)))) / (Math.sqrt(s / (1 - 0.999 ** (i + 1))) + 1e-8);
      return p;
    });
    const followed = await path({ kind: "adamw", weightDecay: 0.01 });
    for (const [i, value] of adamw.entries()) expect(followed[i]).toBeCloseTo(value, 5);
  });
});
