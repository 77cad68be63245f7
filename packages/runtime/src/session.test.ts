import { buildModel } from "@indicia/onnx/build";
import { type ElementType, elementCount, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { sharedMissing, sharedPath } from "@indicia/testkit/shared-path";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { LINKS, type Link, TAILS, tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";
import { afterEach, describe, expect, it } from "vitest";
import { openSession, type Session, type SessionOptions } from "./session.js";

const opened: Session[] = [];

async function open(model: string | Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const session = await openSession(model, options);
  opened.push(session);
  return session;
}

afterEach(async () => {
  for (const session of opened.splice(0)) await session.close();
});

/** A model that answers with its input. */
function echo(type: ElementType, dims: readonly (number | string)[] = ["N"]): Uint8Array {
  return buildModel({
    inputs: [{ name: "x", type, dims }],
    outputs: [{ name: "y", type, dims }],
    nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
  });
}

function numbers(tensor: Tensor | undefined): Float64Array {
  return tensor === undefined ? new Float64Array(0) : toFloat64(tensor);
}

describe("openSession", () => {
  it.each([
    ["float32", Float32Array.of(1.5, -2)],
    ["float64", Float64Array.of(1.5, -2)],
    ["float16", Uint16Array.of(0x3c00, 0xc000)],
    ["int8", Int8Array.of(1, -2)],
    ["uint8", Uint8Array.of(1, 255)],
    ["int16", Int16Array.of(1, -2)],
    ["uint16", Uint16Array.of(1, 65_535)],
    ["int32", Int32Array.of(1, -2)],
    ["uint32", Uint32Array.of(1, 2 ** 32 - 1)],
    ["int64", BigInt64Array.of(1n, -(2n ** 60n))],
    ["uint64", BigUint64Array.of(1n, 2n ** 63n)],
    ["bool", Uint8Array.of(1, 0)],
    ["string", ["é", ""]],
  ] as const)("passes %s in and out", async (type, data) => {
    const session = await open(echo(type));
    expect(session.inputs).toEqual([{ name: "x", type, dims: ["N"] }]);
    expect(await session.run({ x: { type, dims: [2], data } })).toEqual({ y: { type, dims: [2], data } });
  });

  it("tells a scalar from an undeclared shape", async () => {
    const scalar = await open(echo("int64", []));
    expect(scalar.inputs[0]?.dims).toEqual([]);
    const value: Tensor = { type: "int64", dims: [], data: BigInt64Array.of(5n) };
    expect((await scalar.run({ x: value }))["y"]).toEqual(value);
  });

  it("answers taps beside the outputs", async () => {
    const model = tinyClassifier();
    const session = await open(model.bytes, {
      taps: [model.feature, model.logits, model.output, model.feature],
    });
    expect(session.outputs.map(({ name }) => name)).toEqual([model.output, model.feature, model.logits]);
    const answers = await session.run(tinyInputs(model, 3));
    expect(answers[model.feature]?.dims).toEqual([3, model.features]);
    expect(Object.keys(await session.run(tinyInputs(model, 3), [model.logits]))).toEqual([model.logits]);
  });

  it("gives the same bytes again, in another session too", async () => {
    const model = tinyClassifier();
    const first = await (await open(model.bytes)).runRows(tinyInputs(model, 50), { batch: 8 });
    const second = await (await open(model.bytes)).runRows(tinyInputs(model, 50), { batch: 8 });
    expect(second).toEqual(first);
  });

  it("agrees with itself whatever the optimisation and threads", async () => {
    const model = tinyClassifier({ tail: "conv-flatten" });
    const plain = await open(model.bytes, { optimisation: "disabled" });
    const tuned = await open(model.bytes, { optimisation: "all", threads: 2 });
    const a = numbers((await plain.runRows(tinyInputs(model, 9)))[model.output]);
    const b = numbers((await tuned.runRows(tinyInputs(model, 9)))[model.output]);
    expect(Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))))).toBeLessThan(1e-6);
  });

  it("runs many rows through a model for single ones", async () => {
    const single = tinyClassifier({ batch: 1 });
    const many = tinyClassifier({ batch: "N" });
    const one = await (await open(single.bytes)).runRows(tinyInputs(single, 5));
    const all = await (await open(many.bytes)).runRows(tinyInputs(many, 5));
    expect(one["output"]?.dims).toEqual([5, 7]);
    const difference = numbers(one["output"]).map((value, i) =>
      Math.abs(value - (numbers(all["output"])[i] ?? 1)),
    );
    expect(Math.max(...difference)).toBeLessThan(1e-6);
  });

  it("refuses what is no model", async () => {
    const { bytes } = tinyClassifier();
    expect(await thrownCode(() => openSession("absent.onnx"))).toBe("MODEL_NOT_FOUND");
    expect(await thrownCode(() => openSession(new Uint8Array(0)))).toBe("MODEL_INVALID");
    expect(await thrownCode(() => openSession(Uint8Array.of(1, 2, 3)))).toBe("MODEL_INVALID");
    expect(await thrownCode(() => openSession(bytes.slice(0, bytes.length - 40)))).toBe("MODEL_INVALID");
    const unknown = buildModel({
      inputs: [{ name: "x", type: "float32", dims: ["N"] }],
      outputs: [{ name: "y", type: "float32", dims: ["N"] }],
      nodes: [{ op: "NoSuchOperator", inputs: ["x"], outputs: ["y"] }],
    });
    expect(await thrownCode(() => openSession(unknown))).toBe("MODEL_INVALID");
  });

  it("refuses taps, inputs and outputs that the model does not have", async () => {
    const model = tinyClassifier();
    expect(await thrownCode(() => openSession(model.bytes, { taps: ["nowhere"] }))).toBe("OUTPUT_UNKNOWN");
    const session = await open(model.bytes);
    expect(await thrownCode(() => session.run({}))).toBe("INPUT_MISSING");
    expect(await thrownCode(() => session.run(tinyInputs(model, 1), ["nowhere"]))).toBe("OUTPUT_UNKNOWN");
  });

  it("reports a run that fails, and goes on working", async () => {
    const session = await open(
      buildModel({
        inputs: [{ name: "index", type: "int64", dims: ["N"] }],
        outputs: [{ name: "y", type: "float32", dims: ["N"] }],
        nodes: [{ op: "Gather", inputs: ["table", "index"], outputs: ["y"] }],
        initializers: { table: { type: "float32", dims: [3], data: Float32Array.of(7, 8, 9) } },
      }),
    );
    const index = (value: bigint): Record<string, Tensor> => ({
      index: { type: "int64", dims: [1], data: BigInt64Array.of(value) },
    });
    expect(await thrownCode(() => session.run(index(5n)))).toBe("RUN_FAILED");
    expect((await session.run(index(1n)))["y"]?.data).toEqual(Float32Array.of(8));
  });

  it("refuses runs once closed", async () => {
    const model = tinyClassifier();
    const session = await openSession(model.bytes);
    await session.close();
    await session.close();
    expect(await thrownCode(() => session.run(tinyInputs(model, 1)))).toBe("SESSION_CLOSED");
  });
});

/** The links in plain arithmetic, on one row of logits. */
const LINK_FUNCTIONS: Record<Link, (logits: readonly number[]) => number[]> = {
  none: (z) => [...z],
  softmax: (z) => softmax(z),
  "spelled-softmax": (z) => softmax(z),
  "log-softmax": (z) => softmax(z).map(Math.log),
  sigmoid: (z) => z.map((x) => 1 / (1 + Math.exp(-x))),
};

function softmax(z: readonly number[]): number[] {
  const powers = z.map((x) => Math.exp(x - Math.max(...z)));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

describe("the tiny classifiers", () => {
  it.each(TAILS.flatMap((tail) => LINKS.map((link) => [tail, link] as const)))(
    "compute what they say with %s and %s",
    async (tail, link) => {
      const model = tinyClassifier({ tail, link });
      const { features: d, classes: m } = model;
      const rows = 4;
      const session = await open(model.bytes, { taps: [model.feature, model.logits] });
      const answers = await session.runRows(tinyInputs(model, rows));
      const h = answers[model.feature];
      const positions = numbers(h).length / (rows * d);
      expect(positions > 1).toBe(model.pooled);
      const mean = (i: number, j: number): number =>
        numbers(h)
          .subarray((i * d + j) * positions, (i * d + j + 1) * positions)
          .reduce((sum, value) => sum + value / positions, 0);
      for (let i = 0; i < rows; i++) {
        const z = Array.from({ length: m }, (_, c) => {
          let sum = model.bias?.[c] ?? 0;
          for (let j = 0; j < d; j++) sum += mean(i, j) * (model.weights[j * m + c] ?? 0);
          return sum;
        });
        const p = LINK_FUNCTIONS[link](z);
        for (let c = 0; c < m; c++) {
          expect(numbers(answers[model.logits])[i * m + c]).toBeCloseTo(z[c] ?? Number.NaN, 4);
          expect(numbers(answers[model.output])[i * m + c]).toBeCloseTo(p[c] ?? Number.NaN, 4);
        }
      }
    },
  );
});

describe.skipIf(sharedMissing)("models made elsewhere", () => {
  it.each([
    ["magika_standard_v3_3.onnx", "int32", [2, 2048], [2, 214]],
    ["magika_standard_v1.onnx", "float32", [2, 1536], [2, 113]],
    ["mnist_cnn_cntk.onnx", "float32", [2, 1, 28, 28], [2, 10]],
  ] as const)("runs %s", async (file, type, dims, expected) => {
    const session = await open(sharedPath("models", file));
    const count = elementCount(dims);
    const data = type === "int32" ? new Int32Array(count) : new Float32Array(count);
    const answers = await session.runRows({ [session.inputs[0]?.name ?? ""]: { type, dims, data } });
    expect(answers[session.outputs[0]?.name ?? ""]?.dims).toEqual(expected);
  });

  it("taps a convolution inside a network for single images", async () => {
    const session = await open(sharedPath("models", "mnist_cnn_cntk.onnx"), {
      taps: ["Pooling160_Output_0"],
    });
    const image: Tensor = {
      type: "float32",
      dims: [3, 1, 28, 28],
      data: new Float32Array(3 * 784).fill(0.5),
    };
    const answers = await session.runRows({ Input3: image });
    expect(answers["Pooling160_Output_0"]?.dims).toEqual([3, 16, 4, 4]);
  });

  it("knows a voice detector's scalar input", async () => {
    const session = await open(sharedPath("models", "silero_vad_16k_op15.onnx"));
    expect(session.inputs.find(({ name }) => name === "sr")?.dims).toEqual([]);
  });
});
