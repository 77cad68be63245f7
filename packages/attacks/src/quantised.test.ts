import { buildModel } from "@indicia/onnx/build";
import type { Tensor } from "@indicia/onnx/tensor";
import { generatedConvNet, generatedMlp } from "@indicia/testkit/generated-models";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { describe, expect, it } from "vitest";
import { int4 } from "./int4.js";
import { int8 } from "./int8.js";
import { nBits } from "./n-bits.js";
import { random } from "@indicia/autodiff/random";
import { sampleFeeds } from "./sample-feeds.js";
import { outputChange, outputsOf } from "./test-support/run.js";

const INPUTS = 80;
const OUTPUTS = 5;

/** A product whose weights are whole multiples of a step, from `least` to `most`, which both occur in every block of 16. */
function exactModel(least: number, most: number): Uint8Array {
  const { below } = random(3, "exact");
  const data = Float32Array.from({ length: INPUTS * OUTPUTS }, (_, at) => {
    const k = Math.floor(at / OUTPUTS) % 16;
    return 0.25 * (k === 0 ? least : k === 1 ? most : least + below(most - least + 1));
  });
  const weights: Tensor = { type: "float32", dims: [INPUTS, OUTPUTS], data };
  return buildModel({
    inputs: [{ name: "x", type: "float32", dims: ["N", INPUTS] }],
    outputs: [{ name: "y", type: "float32", dims: ["N", OUTPUTS] }],
    nodes: [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
    initializers: { w: weights },
  });
}

async function change(
  model: Uint8Array,
  attacked: Uint8Array,
  rows: Readonly<Record<string, Tensor>>,
): Promise<number> {
  return outputChange(await outputsOf(model, rows), await outputsOf(attacked, rows));
}

describe("weights of a few bits", () => {
  const rows = sampleFeeds([{ name: "x", type: "float32", dims: [4, INPUTS] }], 2);

  it.each([
    [2, -2, 1, true],
    [2, -1, 2, false],
    [4, -8, 7, true],
    [4, -3, 12, false],
    [8, -128, 127, true],
    [8, -100, 155, false],
  ] as const)(
    "of %i bits from %i to %i are exact where the levels are",
    async (bits, least, most, symmetric) => {
      const model = exactModel(least, most);
      for (const block of [16, 32, 64]) {
        const attacked = nBits(model, { bits, block, symmetric });
        // The kernels for 8 bits may round activations as well.
        expect(await change(model, attacked, rows)).toBeLessThan(bits === 8 ? 0.02 : 1e-5);
      }
    },
  );

  it("as int4 in blocks are exact where the levels are", async () => {
    const model = exactModel(-7, 7);
    // Rewritten by the runtime, the product rounds its activations as well.
    const [old, now] = [
      await outputsOf(model, rows),
      await outputsOf(int4(model, { block: 16 }), rows, "disabled"),
    ];
    expect(outputChange(old, now)).toBeLessThan(1e-6);
  });

  it("have blocks of a power of two", async () => {
    expect(await thrownCode(() => nBits(exactModel(-1, 1), { bits: 4, block: 24, symmetric: true }))).toBe(
      "ATTACK_OPTION",
    );
  });
});

describe("8-bit models", () => {
  const mlp = generatedMlp({ widths: [12, 48, 64, 7] });
  const rows = sampleFeeds([{ name: "input", type: "float32", dims: [32, 12] }], 4);

  it.each(["weights", "qdq", "dynamic", "dynamic-fused", "operators"] as const)(
    "of the scheme %s stay near a perceptron's answers",
    async (scheme) => {
      for (const [type, per] of [
        ["int8", "channel"],
        ["uint8", "tensor"],
      ] as const) {
        const attacked = await int8(mlp, { scheme, type, per, rows });
        const moved = await change(mlp, attacked, rows);
        // Without VNNI instructions a processor's 8-bit products saturate (onnxruntime, "Quantize ONNX Models").
        expect(moved).toBeLessThan(scheme === "weights" ? 0.1 : 0.25);
        expect(moved).toBeGreaterThan(1e-5);
      }
    },
  );

  it.each(["weights", "qdq", "operators"] as const)(
    "of the scheme %s stay near a convolutional network's",
    async (scheme) => {
      const net = generatedConvNet();
      const images = sampleFeeds([{ name: "input", type: "float32", dims: [8, 3, 16, 16] }], 4);
      for (const [type, per] of [
        ["int8", "channel"],
        ["uint8", "tensor"],
      ] as const) {
        const attacked = await int8(net, { scheme, type, per, rows: images });
        expect(await change(net, attacked, images)).toBeLessThan(0.15);
      }
    },
  );
});
