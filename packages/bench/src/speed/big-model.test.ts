import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openModel } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import { toFloat64 } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeBigModel } from "./big-model.js";

const WIDTH = 80;
const LAYERS = 3;

describe("writeBigModel", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "indicia-big-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const write = (name: string, options: Parameters<typeof writeBigModel>[1] = {}): string => {
    const target = path.join(folder, name);
    writeBigModel(target, { layers: LAYERS, width: WIDTH, ...options });
    return target;
  };

  it.each([false, true])("is a chain of matrices that the runtime runs, external: %s", async (external) => {
    const target = write("m.onnx", { external });
    expect((await readdir(folder)).sort()).toEqual(external ? ["m.onnx", "m.onnx.data"] : ["m.onnx"]);
    const x = Float32Array.from({ length: WIDTH }, (_, i) => Math.sin(i));
    const session = await openSession(target, { optimisation: "disabled" });
    const { y } = await session.run({ x: { type: "float32", dims: [1, WIDTH], data: x } });
    await session.close();
    if (y === undefined) throw new RangeError("no output");
    const expected = chain(target, x);
    for (const [i, value] of toFloat64(y).entries()) expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 4);
  });

  it("depends on the seed alone, and has the tails of trained weights", async () => {
    const hash = async (file: string): Promise<string> =>
      createHash("sha256")
        .update(await readFile(file))
        .digest("hex");
    const [a, b, c] = [write("a.onnx"), write("b.onnx"), write("c.onnx", { seed: 8 })];
    expect(await hash(a)).toBe(await hash(b));
    expect(await hash(a)).not.toBe(await hash(c));
    const [weights = new Float32Array()] = matrices(a);
    const squares = weights.reduce((sum, w) => sum + w * w, 0) / weights.length;
    const fourths = weights.reduce((sum, w) => sum + w ** 4, 0) / weights.length;
    expect(fourths / squares ** 2).toBeGreaterThan(4);
    expect(squares * WIDTH).toBeGreaterThan(0.5);
    expect(squares * WIDTH).toBeLessThan(5);
  });
});

function matrices(file: string): Float32Array[] {
  const model = openModel(file);
  try {
    return model.graph.initializers.map((tensor) => readFloats(model, tensor));
  } finally {
    model.close();
  }
}

function chain(file: string, x: Float32Array): Float64Array {
  let row = Float64Array.from(x);
  for (const [layer, weights] of matrices(file).entries()) {
    const next = new Float64Array(WIDTH);
    for (let i = 0; i < WIDTH; i++) {
      for (let j = 0; j < WIDTH; j++)
        next[j] = (next[j] ?? 0) + (row[i] ?? 0) * (weights[i * WIDTH + j] ?? 0);
    }
    row = layer === LAYERS - 1 ? next : next.map((value) => Math.max(0, value));
  }
  return row;
}
