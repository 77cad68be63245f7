import { buildModel } from "@indicia/onnx/build";
import { openModelBytes } from "@indicia/onnx/open";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { toSpec } from "@indicia/onnx/to-spec";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { describe, expect, it } from "vitest";
import { initialModel } from "./architectures/initial-model.js";
import { agreement, answersOf, labelsOf } from "./evaluate.js";
import type { Optimiser } from "./optimiser.js";
import { random } from "./random.js";
import type { Targets } from "./targets.js";
import { train } from "./train.js";

const ROWS = 240;
const WIDTH = 6;
const CLASSES = 3;

/** Points around three centres. */
function points(): { x: Tensor; labels: Int32Array } {
  const numbers = random(1, "points");
  const labels = Int32Array.from({ length: ROWS }, (_, i) => i % CLASSES);
  const data = Float32Array.from({ length: ROWS * WIDTH }, (_, i) => {
    const centre = (labels[Math.floor(i / WIDTH)] ?? 0) === i % CLASSES ? 2 : 0;
    return centre + numbers.normal();
  });
  return { x: { type: "float32", dims: [ROWS, WIDTH], data }, labels };
}

const { x, labels } = points();
const model = initialModel({
  architecture: "mlp",
  input: { name: "x", type: "float32", dims: [WIDTH] },
  classes: CLASSES,
  seed: 1,
});
const plain = {
  model,
  inputs: { x },
  targets: { kind: "labels", labels } satisfies Targets,
  epochs: 4,
  batch: 32,
  rate: 0.01,
  seed: 5,
} as const;

function weightsOf(bytes: Uint8Array, name: string): Float64Array {
  const tensor = toSpec(openModelBytes(bytes)).initializers.get(name);
  if (tensor === undefined) throw new Error(`no "${name}"`);
  return toFloat64(tensor);
}

async function accuracyOf(bytes: Uint8Array): Promise<number> {
  return agreement(labelsOf(await answersOf(bytes, { x })), labels);
}

describe("train", () => {
  it.each<Optimiser>([
    { kind: "sgd" },
    { kind: "sgd", momentum: 0.9, nesterov: true, weightDecay: 1e-4 },
    { kind: "adam", weightDecay: 1e-4 },
    { kind: "adamw", weightDecay: 0.01 },
  ])("learns with %o", async (optimiser) => {
    const rate = optimiser.kind === "sgd" ? 0.1 : 0.01;
    const trained = await train({
      ...plain,
      rate,
      optimiser,
      clip: 5,
      schedule: { kind: "cosine", warmUp: 0.1 },
    });
    expect(await accuracyOf(trained.model)).toBeGreaterThan(0.9);
    expect(trained.epochLosses).toHaveLength(4);
    expect(trained.epochLosses[3]).toBeLessThan(0.6 * (trained.epochLosses[0] ?? 0));
    const { inputs, outputs } = openModelBytes(trained.model).graph;
    expect({ inputs, outputs }).toEqual({
      inputs: openModelBytes(model).graph.inputs,
      outputs: openModelBytes(model).graph.outputs,
    });
  });

  it("gives the same bytes for the same seed, others for another", async () => {
    const [first, second, other] = [
      await train(plain),
      await train(plain),
      await train({ ...plain, seed: 6 }),
    ];
    expect(Buffer.from(first.model).equals(second.model)).toBe(true);
    expect(Buffer.from(first.model).equals(other.model)).toBe(false);
  });

  it("goes on from a checkpoint to the same bytes", async () => {
    const whole = await train(plain);
    const stop = new AbortController();
    let kept: Uint8Array | null = null;
    const save = async (bytes: Uint8Array): Promise<void> => {
      kept = bytes;
    };
    const interrupted = train({
      ...plain,
      signal: stop.signal,
      checkpoint: { save, every: 5 },
      onProgress: ({ step }) => {
        if (step === 17) stop.abort();
      },
    });
    expect(await thrownCode(() => interrupted)).toBe("ABORTED");
    const steps: number[] = [];
    const resumed = await train({
      ...plain,
      checkpoint: { save, resume: kept },
      onProgress: ({ step }) => steps.push(step),
    });
    expect(steps[0]).toBe(18);
    expect(Buffer.from(resumed.model).equals(whole.model)).toBe(true);
    expect(resumed.losses).toEqual(whole.losses);
    expect(await thrownCode(() => train({ ...plain, seed: 9, checkpoint: { save, resume: kept } }))).toBe(
      "CHECKPOINT_INVALID",
    );
    const damaged = Uint8Array.of(1, 2, 3);
    expect(await thrownCode(() => train({ ...plain, checkpoint: { save, resume: damaged } }))).toBe(
      "CHECKPOINT_INVALID",
    );
  });

  it("trains only what is chosen", async () => {
    const chosen = (name: string): boolean => name.startsWith("dense3");
    const trained = await train({ ...plain, chosen });
    expect(trained.trained).toEqual(["dense3.weight", "dense3.bias"]);
    expect(weightsOf(trained.model, "dense1.weight")).toEqual(weightsOf(model, "dense1.weight"));
    expect(weightsOf(trained.model, "dense3.weight")).not.toEqual(weightsOf(model, "dense3.weight"));
    expect(await thrownCode(() => train({ ...plain, chosen: () => false }))).toBe("NOTHING_TO_TRAIN");
  });

  it("follows a teacher's distribution, from probabilities and from logits", async () => {
    const logits = Float32Array.from({ length: ROWS * CLASSES }, (_, i) =>
      labels[Math.floor(i / CLASSES)] === i % CLASSES ? 2 : 0,
    );
    const share = Math.exp(2) / (Math.exp(2) + 2);
    const probabilities = logits.map((z) => (z > 0 ? share : (1 - share) / 2));
    const ways: Targets[] = [
      { kind: "logits", values: logits, temperature: 2 },
      { kind: "probabilities", values: probabilities, temperature: 2 },
    ];
    const [a, b] = [
      await train({ ...plain, targets: ways[0] ?? plain.targets, epochs: 10 }),
      await train({ ...plain, targets: ways[1] ?? plain.targets, epochs: 10 }),
    ];
    expect(a.epochLosses.at(-1)).toBeLessThan(0.1);
    expect(a.losses.every((loss) => loss > -1e-4)).toBe(true);
    expect(Math.abs((a.epochLosses.at(-1) ?? 0) - (b.epochLosses.at(-1) ?? 0))).toBeLessThan(0.01);
  });

  it("takes no step on rows of weight 0", async () => {
    const wrong = labels.map((label, i) => (i < ROWS / 2 ? label : (label + 1) % CLASSES));
    const rowWeights = Float32Array.from({ length: ROWS }, (_, i) => (i < ROWS / 2 ? 1 : 0));
    const trained = await train({
      ...plain,
      targets: { kind: "labels", labels: wrong },
      rowWeights,
      epochs: 8,
    });
    expect(await accuracyOf(trained.model)).toBeGreaterThan(0.85);
  });

  it("refuses data that do not fit", async () => {
    const cases = [
      { ...plain, targets: { kind: "labels", labels: labels.subarray(1) } },
      { ...plain, targets: { kind: "labels", labels: labels.map(() => CLASSES) } },
      { ...plain, targets: { kind: "squares", values: new Float32Array(5) } },
      { ...plain, inputs: {} },
      { ...plain, rowWeights: new Float32Array(ROWS) },
    ] as const;
    for (const options of cases) expect(await thrownCode(() => train(options))).toBe("DATA_SHAPE");
  });

  it("stops where the loss runs away", async () => {
    const values = new Float32Array(ROWS * CLASSES).fill(1e30);
    const options = {
      ...plain,
      targets: { kind: "squares", values } as const,
      optimiser: { kind: "sgd" } as const,
    };
    expect(await thrownCode(() => train(options))).toBe("LOSS_DIVERGED");
  });

  it("does not hand out weights that the last step made infinite", async () => {
    const step = { ...plain, epochs: 1, batch: ROWS, rate: 1e38, optimiser: { kind: "sgd" } as const };
    const values = new Float32Array(ROWS * CLASSES).fill(1e10);
    expect(await thrownCode(() => train({ ...step, targets: { kind: "squares", values } }))).toBe(
      "LOSS_DIVERGED",
    );
  });

  it("augments with numbers of the step", async () => {
    const seen = new Set<number>();
    const augment: NonNullable<Parameters<typeof train>[0]["augment"]> = (batch, numbers) => {
      seen.add(numbers.uniform());
      return { ...batch };
    };
    const trained = await train({ ...plain, epochs: 1, augment });
    expect(seen.size).toBe(trained.losses.length);
  });
});

describe("a step", () => {
  const line = (op: "Sigmoid" | "Softmax" | null): Uint8Array =>
    buildModel({
      opset: 13,
      inputs: [{ name: "x", type: "float32", dims: ["N", 2] }],
      outputs: [{ name: "y", type: "float32", dims: ["N", 2] }],
      nodes: [
        { op: "MatMul", inputs: ["x", "w"], outputs: [op === null ? "y" : "z"] },
        ...(op === null ? [] : [{ op, inputs: ["z"], outputs: ["y"] }]),
      ],
      initializers: { w: { type: "float32", dims: [2, 2], data: Float32Array.of(0.5, -0.25, 1, 0) } },
    });
  const one = { x: { type: "float32", dims: [1, 2], data: Float32Array.of(1, 2) } } as const;
  const step = { inputs: one, epochs: 1, rate: 0.1, seed: 1, batch: 1 } as const;

  it("of gradient descent on squares is what it is by hand", async () => {
    const targets: Targets = { kind: "squares", values: [0, 1] };
    const { model: after, losses } = await train({
      ...step,
      model: line(null),
      targets,
      optimiser: { kind: "sgd" },
    });
    // y = [2.5, -0.25]; loss (2.5^2 + 1.25^2) / 2; dy = [2.5, -1.25].
    expect(losses[0]).toBeCloseTo((6.25 + 1.5625) / 2, 5);
    const expected = [0.5 - 0.25, -0.25 + 0.125, 1 - 0.5, 0 + 0.25];
    for (const [i, w] of weightsOf(after, "w").entries()) expect(w).toBeCloseTo(expected[i] ?? 0, 5);
  });

  it("of Adam moves every weight by the rate", async () => {
    const targets: Targets = { kind: "squares", values: [0, 1] };
    const { model: after } = await train({
      ...step,
      model: line(null),
      targets,
      optimiser: { kind: "adam" },
    });
    const expected = [0.4, -0.15, 0.9, 0.1];
    for (const [i, w] of weightsOf(after, "w").entries()) expect(w).toBeCloseTo(expected[i] ?? 0, 4);
  });

  it.each(["Sigmoid", "Softmax"] as const)("takes the loss before a %s at the end", async (op) => {
    const targets: Targets =
      op === "Sigmoid" ? { kind: "binary", values: [0, 1] } : { kind: "probabilities", values: [0, 1] };
    const { losses } = await train({ ...step, model: line(op), targets });
    const [a, b] = [2.5, -0.25];
    const expected =
      op === "Sigmoid"
        ? (Math.log(1 + Math.exp(a)) + Math.log(1 + Math.exp(-b))) / 2
        : Math.log(Math.exp(a) + Math.exp(b)) - b;
    expect(losses[0]).toBeCloseTo(expected, 5);
  });
});
