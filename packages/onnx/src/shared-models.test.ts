import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onnx } from "onnx-proto";
import { describe, expect, it, onTestFinished } from "vitest";
import { openModel, openModelBytes } from "./open.js";
import { readFloats, readTensor } from "./read-tensor.js";
import { modelBytes, writeModel } from "./write.js";

const folder = path.resolve(import.meta.dirname, "../../../../shared/models");
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".onnx")) : [];

/** The initialisers as another decoder sees them. */
function initializersOf(bytes: Uint8Array): readonly onnx.ITensorProto[] {
  return onnx.ModelProto.decode(bytes).graph?.initializer ?? [];
}

function floatsOf({ rawData, floatData }: onnx.ITensorProto): Float32Array {
  return rawData instanceof Uint8Array && rawData.length > 0
    ? new Float32Array(Uint8Array.from(rawData).buffer)
    : Float32Array.from(floatData ?? []);
}

function sameFloats(a: unknown, b: Float32Array): boolean {
  return a instanceof Float32Array && a.length === b.length && a.every((x, i) => Object.is(x, b[i]));
}

describe.skipIf(files.length === 0 && process.env["CI"] !== "true")("models made elsewhere", () => {
  it("are there", () => expect(files.length).toBeGreaterThanOrEqual(6));

  it.each(files)("%s comes out as it went in", (name) => {
    const file = path.join(folder, name);
    const model = openModel(file);
    const copies = mkdtempSync(path.join(tmpdir(), "indicia-onnx-"));
    onTestFinished(() => rmSync(copies, { recursive: true }));
    const out = path.join(copies, name);
    const written = writeModel(model, [], out);
    const bytes = readFileSync(file);
    expect(readFileSync(out).equals(bytes)).toBe(true);
    expect(Buffer.from(modelBytes(model, [])).equals(bytes)).toBe(true);
    expect(written.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
    model.close();
  });

  it.each(files)("%s reads as an independent decoder reads it", (name) => {
    const bytes = readFileSync(path.join(folder, name));
    const model = openModelBytes(bytes);
    const decoded = initializersOf(bytes);
    expect(model.graph.initializers.map((tensor) => tensor.name)).toEqual(decoded.map((t) => t.name));
    for (const [i, tensor] of model.graph.initializers.entries()) {
      const theirs = decoded[i];
      if (tensor.type !== "float32" || theirs === undefined) continue;
      expect(sameFloats(readTensor(model, tensor).data, floatsOf(theirs))).toBe(true);
    }
  });

  it.each(files)("%s is edited in one tensor and in nothing else", (name) => {
    const bytes = readFileSync(path.join(folder, name));
    const model = openModelBytes(bytes);
    const target = model.graph.initializers.find(({ type, dims }) => type === "float32" && dims.length > 1);
    // Some exporters keep every weight in Constant nodes or branches; those are edited in other tests.
    if (target === undefined) return;
    const before = readFloats(model, target);
    const edited = modelBytes(model, [
      {
        kind: "values",
        tensor: target,
        update: (values) => {
          for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + 1;
        },
      },
    ]);
    const theirs = initializersOf(edited);
    const ours = initializersOf(bytes);
    for (const [i, tensor] of theirs.entries()) {
      const plain = ours[i];
      if (plain === undefined) throw new Error("a tensor is gone");
      const expected = tensor.name === target.name ? before.map((x) => x + 1) : floatsOf(plain);
      const isFloat = model.graph.initializers[i]?.type === "float32";
      expect(!isFloat || sameFloats(floatsOf(tensor), expected)).toBe(true);
    }
    expect(edited.length).toBe(bytes.length);
  });

  it("branches inside branches are indexed, and their constants found", () => {
    const model = openModel(path.join(folder, "silero_vad_16k_op15.onnx"));
    expect(model.graphs.some(({ parent }) => parent?.graph.parent?.graph.parent != null)).toBe(true);
    const inner = model.tensors.filter(
      ({ graph, constantNode }) => graph.path !== "" && constantNode !== null,
    );
    expect(inner.length).toBeGreaterThan(50);
    model.close();
  });
});
