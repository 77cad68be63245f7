import { buildModel } from "@indicia/onnx/build";
import { openModelBytes } from "@indicia/onnx/open";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { toSpec } from "@indicia/onnx/to-spec";
import { describe, expect, it } from "vitest";
import { ARCHITECTURES, initialModel } from "./architectures/initial-model.js";
import { agreement, answersOf, labelsOf } from "./evaluate.js";
import { random } from "./random.js";
import { train } from "./train.js";

const ROWS = 128;
const SIDE = 12;

/** Images whose class is where their bright quarter lies. */
function quarters(): { x: Tensor; labels: Int32Array } {
  const numbers = random(2, "quarters");
  const labels = Int32Array.from({ length: ROWS }, () => numbers.below(4));
  const data = new Float32Array(ROWS * SIDE * SIDE);
  for (let i = 0; i < data.length; i++) {
    const label = labels[Math.floor(i / SIDE / SIDE)] ?? 0;
    const [row, column] = [Math.floor(i / SIDE) % SIDE, i % SIDE];
    const bright = Number(row >= SIDE / 2) * 2 + Number(column >= SIDE / 2) === label;
    data[i] = 0.5 * numbers.normal() + (bright ? 1 : 0);
  }
  return { x: { type: "float32", dims: [ROWS, 1, SIDE, SIDE], data }, labels };
}

const { x, labels } = quarters();

const IMAGE = { name: "x", type: "float32", dims: [1, SIDE, SIDE] } as const;

describe("architectures", () => {
  it.each(ARCHITECTURES.filter((name) => !name.startsWith("tokens")))(
    "%s learns, from the same bytes for the same seed",
    async (architecture) => {
      const options = { architecture, input: IMAGE, classes: 4, seed: 3 };
      const model = initialModel(options);
      expect(Buffer.from(model).equals(initialModel(options))).toBe(true);
      expect(Buffer.from(model).equals(initialModel({ ...options, seed: 4 }))).toBe(false);
      const trained = await train({
        model,
        inputs: { x },
        targets: { kind: "labels", labels },
        epochs: 4,
        batch: 16,
        rate: 0.003,
        seed: 1,
      });
      expect(trained.epochLosses[3]).toBeLessThan(trained.epochLosses[0] ?? 0);
      const global = architecture === "global" || architecture === "depthwise" || architecture === "residual";
      // A mean over all places must first learn to tell them from the borders.
      const right = agreement(labelsOf(await answersOf(trained.model, { x })), labels);
      expect(right).toBeGreaterThan(global ? 0 : 0.9);
    },
  );
});

describe("token networks", () => {
  it.each(["tokens", "tokens-wide"] as const)(
    "%s finds which token a row holds, wherever it stands",
    async (architecture) => {
      const numbers = random(4, "tokens");
      const rows = 300;
      const classes = Int32Array.from({ length: rows }, () => numbers.below(3));
      const data = Int32Array.from({ length: rows * 16 }, () => 3 + numbers.below(20));
      for (const [i, label] of classes.entries()) data[i * 16 + numbers.below(16)] = label;
      const ids: Tensor = { type: "int32", dims: [rows, 16], data };
      const input = { name: "ids", type: "int32", dims: [16] } as const;
      const model = initialModel({ architecture, input, classes: 3, seed: 1, vocabulary: 23 });
      const targets = { kind: "labels", labels: classes } as const;
      const trained = await train({
        model,
        inputs: { ids },
        targets,
        epochs: 12,
        batch: 20,
        rate: 0.005,
        seed: 1,
      });
      expect(agreement(labelsOf(await answersOf(trained.model, { ids })), classes)).toBeGreaterThan(0.9);
    },
  );
});

describe("training form", () => {
  it("updates the running statistics of BatchNormalization and leaves the node in its inference form", async () => {
    const model = initialModel({
      architecture: "residual",
      input: { name: "x", type: "float32", dims: [1, SIDE, SIDE] },
      classes: 4,
      seed: 3,
    });
    const options = {
      model,
      inputs: { x },
      targets: { kind: "labels", labels } as const,
      epochs: 1,
      rate: 0.01,
      seed: 1,
    };
    const after = toSpec(openModelBytes((await train(options)).model));
    expect(
      after.nodes.filter(({ op, outputs }) => op === "BatchNormalization" && outputs.length !== 1),
    ).toEqual([]);
    const mean = after.initializers.get("norm1.mean");
    expect(mean === undefined ? [] : toFloat64(mean).some((value) => Math.abs(value) > 0.01)).toBe(true);
    const frozen = await train({ ...options, chosen: (name) => name.startsWith("dense") });
    const kept = toSpec(openModelBytes(frozen.model)).initializers.get("norm1.mean");
    expect(kept === undefined ? [] : toFloat64(kept).every((value) => value === 0)).toBe(true);
  });

  it("goes on from a checkpoint with the statistics as they were", async () => {
    const model = initialModel({ architecture: "depthwise", input: IMAGE, classes: 4, seed: 3 });
    const kept: Uint8Array[] = [];
    const save = async (bytes: Uint8Array): Promise<void> => {
      kept.push(bytes);
    };
    const options = {
      model,
      inputs: { x },
      targets: { kind: "labels", labels } as const,
      epochs: 3,
      rate: 0.01,
      seed: 1,
    };
    const whole = await train({ ...options, checkpoint: { save } });
    expect(kept).toHaveLength(2);
    const resumed = await train({ ...options, checkpoint: { save, resume: kept[0] ?? null } });
    expect(Buffer.from(resumed.model).equals(whole.model)).toBe(true);
  });

  it("drops a share of the values, others at every step, the same for the same seed", async () => {
    const model = buildModel({
      opset: 13,
      inputs: [{ name: "x", type: "float32", dims: ["N", 400] }],
      outputs: [{ name: "y", type: "float32", dims: ["N", 400] }],
      nodes: [
        { op: "Mul", inputs: ["x", "gain"], outputs: ["z"] },
        { op: "Dropout", inputs: ["z", "ratio"], outputs: ["y"] },
      ],
      initializers: {
        gain: { type: "float32", dims: [400], data: new Float32Array(400).fill(1) },
        ratio: { type: "float32", dims: [], data: Float32Array.of(0.25) },
      },
    });
    const ones: Tensor = { type: "float32", dims: [20, 400], data: new Float32Array(8000).fill(1) };
    const options = {
      model,
      inputs: { x: ones },
      targets: { kind: "squares", values: new Float32Array(8000) } as const,
      optimiser: { kind: "sgd" } as const,
      rate: 1e-9,
      epochs: 2,
      batch: 20,
      seed: 1,
    };
    const { losses } = await train(options);
    // Kept with probability 3/4 and scaled by 4/3: a mean square of 4/3.
    for (const loss of losses) expect(Math.abs(loss - 4 / 3)).toBeLessThan(0.05);
    expect(losses[0]).not.toBe(losses[1]);
    expect((await train(options)).losses).toEqual(losses);
    expect((await train({ ...options, seed: 2 })).losses).not.toEqual(losses);
  });
});
