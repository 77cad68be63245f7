import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildModel } from "@indicia/onnx/build";
import { hashFileSync } from "@indicia/onnx/hash-file";
import { hashFiles } from "@indicia/onnx/hash-files";
import { type OnnxModel, openModel, openModelBytes } from "@indicia/onnx/open";
import type { ElementType, Tensor } from "@indicia/onnx/tensor";
import { workerFile } from "@indicia/onnx/worker-pool";
import { writeModel } from "@indicia/onnx/write";
import { writeModelParallel } from "@indicia/onnx/write-parallel";
import { expect, it, onTestFinished } from "vitest";
import { nodeKeystream } from "../../keystream-node.js";
import { embedWeights, type EmbeddedWeights } from "./embed.js";
import { heavyTensor, layeredBytes, value } from "./model.fixture.js";
import { planWeights } from "./plan.js";
import { planLargeWeights, readScales } from "./tensor-passes.js";
import { tensorScales } from "./tensor-scales.js";

/** Threads for however small a model. */
const ALWAYS = { minBytes: 0, minWeights: 0 } as const;

function opened(bytes: Uint8Array): { readonly folder: string; readonly model: OnnxModel } {
  const folder = mkdtempSync(path.join(tmpdir(), "indicia-parallel-"));
  const file = path.join(folder, "model.onnx");
  writeFileSync(file, bytes);
  const model = openModel(file);
  onTestFinished(() => {
    model.close();
    rmSync(folder, { recursive: true });
  });
  return { folder, model };
}

function marked(model: OnnxModel): EmbeddedWeights {
  const plan = planWeights(model, { exclude: [] });
  if ("refusal" in plan) throw new Error(plan.refusal);
  const seed = new Uint8Array(32).fill(5);
  return embedWeights({
    model,
    plan: plan.tensors,
    seed,
    strength: 0.01,
    payload: "x",
    keystream: nodeKeystream,
  });
}

/** One matrix that takes several pieces, at an odd address, between others. */
function wideBytes(): Uint8Array {
  const wide: Tensor = {
    type: "float32",
    dims: [1500, 1021],
    data: Float32Array.from({ length: 1500 * 1021 }, (_, i) => Math.sin(i * i)),
  };
  return buildModel({
    inputs: [value("x", ["n", 1500])],
    outputs: [value("y", ["n", 64])],
    nodes: [
      { op: "MatMul", inputs: ["x", "wide"], outputs: ["a"] },
      { op: "MatMul", inputs: ["a", "last"], outputs: ["y"] },
    ],
    initializers: { wide, last: heavyTensor("last", [1021, 64]), odd: heavyTensor("odd", [3]) },
  });
}

it("finds its threads", () => {
  // Built by `npm test` before the tests; without it the cases below would compare one thread with itself.
  expect(workerFile(new URL("./embed-worker.js", import.meta.url))).not.toBeNull();
});

it.each<[string, () => Uint8Array]>([
  ["pieces of a matrix", wideBytes],
  ...(["float32", "float16", "bfloat16", "float64"] as const).map(
    (type: ElementType): [string, () => Uint8Array] => [type, () => layeredBytes(type)],
  ),
])("marks with any number of threads as without: %s", async (_, bytes) => {
  const { folder, model } = opened(bytes());
  const { edits } = marked(model);
  const out = (name: string): string => path.join(folder, name);
  const serial = writeModel(model, edits, out("serial.onnx"));
  expect(serial.sha256).not.toBe(hashFileSync(out("model.onnx")).sha256);
  for (const workers of [1, 2, 3]) {
    const name = `with-${workers}.onnx`;
    const told: number[] = [];
    const parallel = await writeModelParallel(model, edits, out(name), {
      ...ALWAYS,
      workers,
      onProgress: (done) => told.push(done),
    });
    expect(parallel).toEqual(serial);
    expect(readFileSync(out(name)).equals(readFileSync(out("serial.onnx")))).toBe(true);
    expect(told.at(-1)).toBe(model.source.size);
  }
  expect(readdirSync(folder).filter((name) => name.includes("tmp"))).toEqual([]);
});

it("reads scales, contents and hashes with any number of threads as without", async () => {
  const { folder, model } = opened(wideBytes());
  const plan = planWeights(model, { exclude: ["last"] });
  if ("refusal" in plan) throw new Error(plan.refusal);
  const file = path.join(folder, "model.onnx");
  for (const workers of [1, 2, 3]) {
    const options = { ...ALWAYS, workers };
    expect(await planLargeWeights(model, { ...options, exclude: ["last"] })).toEqual(plan);
    expect(await readScales(model, plan.tensors, options)).toEqual(tensorScales(model, plan.tensors));
    expect(await hashFiles([file, file], options)).toEqual([hashFileSync(file), hashFileSync(file)]);
  }
});

it("reads the same from a file as from memory", () => {
  const bytes = wideBytes();
  const [{ model: file }, memory] = [opened(bytes), openModelBytes(bytes)];
  const plan = planWeights(memory, { exclude: [] });
  if ("refusal" in plan) throw new Error(plan.refusal);
  expect(planWeights(file, { exclude: [] })).toEqual(plan);
  expect(tensorScales(file, plan.tensors)).toEqual(tensorScales(memory, plan.tensors));
});

it("leaves the old file whole and nothing else when it is interrupted", async () => {
  const { folder, model } = opened(wideBytes());
  const { edits } = marked(model);
  const out = path.join(folder, "out.onnx");
  writeFileSync(out, "old");
  for (const after of [0, 1, 5_000_000]) {
    const controller = new AbortController();
    const writing = writeModelParallel(model, edits, out, {
      ...ALWAYS,
      workers: 2,
      signal: controller.signal,
      onProgress: (done) => {
        if (done >= after) controller.abort();
      },
    });
    await expect(writing).rejects.toMatchObject({ code: "WRITE_ABORTED" });
    expect(readdirSync(folder).toSorted()).toEqual(["model.onnx", "out.onnx"]);
    expect(readFileSync(out, "utf8")).toBe("old");
  }
  const aborted = { ...ALWAYS, signal: AbortSignal.abort() };
  await expect(hashFiles([out], aborted)).rejects.toMatchObject({ code: "ABORTED" });
});

it("leaves the old file whole and nothing else when a thread fails", async () => {
  const { folder, model } = opened(wideBytes());
  const edits = marked(model).edits.map((edit) =>
    edit.kind === "values" && edit.worker !== undefined
      ? { ...edit, worker: { ...edit.worker, data: { ...Object(edit.worker.data), key: new Uint8Array(5) } } }
      : edit,
  );
  const out = path.join(folder, "out.onnx");
  await expect(writeModelParallel(model, edits, out, { ...ALWAYS, workers: 2 })).rejects.toThrow(/key/i);
  expect(existsSync(out)).toBe(false);
  expect(readdirSync(folder)).toEqual(["model.onnx"]);
});
