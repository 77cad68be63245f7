import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildModel, type NodeSpec } from "@indicia/onnx/build";
import { openModel, openModelBytes } from "@indicia/onnx/open";
import { sliceModel } from "@indicia/onnx/slice";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";
import { expect, it, onTestFinished } from "vitest";
import { runModel } from "./run-model.js";
import { openSession } from "./session.js";
import { streamRows } from "./stream-rows.js";

const WIDTH = 48;

function written(bytes: Uint8Array): string {
  const folder = mkdtempSync(path.join(tmpdir(), "indicia-stream-rows-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "model.onnx");
  writeFileSync(file, bytes);
  return file;
}

function weights(seed: number, dims: readonly number[]): Tensor {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return { type: "float32", dims, data: Float32Array.from({ length: count }, (_, i) => Math.sin(seed + i)) };
}

const node = (op: string, inputs: readonly string[], outputs: readonly string[]): NodeSpec => ({
  op,
  inputs,
  outputs,
});
const value = (name: string, dims: ValueInfo["dims"]): ValueInfo => ({ name, type: "float32", dims });

/** Products with a value that skips several of them, a constant, tied weights and a node nobody needs. */
function branched(): Uint8Array {
  return buildModel({
    inputs: [value("x", ["n", WIDTH])],
    outputs: [value("y", ["n", WIDTH])],
    nodes: [
      { op: "Constant", inputs: [], outputs: ["half"], attributes: { value: weights(9, [1]) } },
      node("MatMul", ["x", "a"], ["p"]),
      node("Tanh", ["p"], ["q"]),
      node("MatMul", ["x", "unused"], ["nobody"]),
      node("MatMul", ["q", "b"], ["r"]),
      node("Mul", ["r", "half"], ["s"]),
      node("MatMul", ["s", "a"], ["t"]),
      node("Sum", ["t", "q", "x"], ["u"]),
      node("Mul", ["u", "half"], ["y"]),
    ],
    initializers: {
      a: weights(1, [WIDTH, WIDTH]),
      b: weights(2, [WIDTH, WIDTH]),
      unused: weights(3, [WIDTH, WIDTH]),
    },
  });
}

it("answers as the whole model does, whatever the size of the slices and the memory between them", async () => {
  const file = written(branched());
  const tensors = { x: weights(5, [11, WIDTH]) };
  const session = await openSession(file, { taps: ["q"], optimisation: "disabled" });
  const expected = await session.runRows(tensors, { batch: 4, outputs: ["y", "q"] });
  await session.close();
  for (const sliceBytes of [1, 4 * WIDTH * WIDTH + 64, 1e9]) {
    for (const keptBytes of [1, 1e9]) {
      const answer = await streamRows(file, tensors, {
        outputs: ["y", "q"],
        batch: 4,
        sliceBytes,
        keptBytes,
      });
      for (const name of ["y", "q"]) {
        expect(answer?.[name]?.dims).toEqual([11, WIDTH]);
        const [ours, theirs] = [answer?.[name]?.data, expected[name]?.data] as Float32Array[];
        for (const [i, number] of (theirs ?? []).entries()) expect(ours?.[i]).toBeCloseTo(number, 3);
      }
    }
  }
});

it("leaves out what is not wanted, and keeps the weights where they are", () => {
  const model = openModel(written(branched()));
  onTestFinished(() => model.close());
  const slices = sliceModel(model, ["y"], 10_000) ?? [];
  expect(slices.map(({ inputs, outputs }) => [inputs, outputs])).toEqual([
    [["x"], ["q"]],
    [["q"], ["s"]],
    [["s", "q", "x"], ["y"]],
  ]);
  for (const slice of slices) {
    const bytes = slice.build(
      new Map([
        ["q", "float32"],
        ["s", "float32"],
      ]),
    );
    expect(bytes.length).toBeLessThan(1000);
    const opened = openModelBytes(bytes);
    expect(opened.tensors.some(({ storage }) => storage.kind === "external")).toBe(true);
    expect(opened.tensors.map(({ name }) => name)).not.toContain("unused");
  }
});

it("does not slice a model in memory, nor one of which a wanted value is not computed", () => {
  expect(sliceModel(openModelBytes(branched()), ["y"], 1)).toBeNull();
  const model = openModel(written(branched()));
  onTestFinished(() => model.close());
  expect(sliceModel(model, ["x"], 1)).toBeNull();
  expect(sliceModel(model, ["elsewhere"], 1)).toBeNull();
});

it("runs a small model whole, with values inside it", async () => {
  const model = tinyClassifier();
  const wanted = [model.feature, model.output];
  const file = written(model.bytes);
  const session = await openSession(file, { taps: [model.feature] });
  const expected = await session.runRows(tinyInputs(model, 5), { outputs: wanted });
  await session.close();
  expect(await runModel(file, tinyInputs(model, 5), { outputs: wanted })).toEqual(expected);
  expect(await runModel(readFileSync(file), tinyInputs(model, 5), { outputs: [model.output] })).toEqual({
    [model.output]: expected[model.output],
  });
});

it("stops when told to", async () => {
  const file = written(branched());
  const signal = AbortSignal.abort(new Error("enough"));
  const asked = streamRows(file, { x: weights(5, [3, WIDTH]) }, { outputs: ["y"], sliceBytes: 1, signal });
  await expect(thrownCode(() => asked)).resolves.toBe("ABORTED");
});
