import type { Edit } from "@indicia/onnx/edit";
import { type OnnxModel, openModelBytes } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import type { ElementType, Tensor } from "@indicia/onnx/tensor";
import { modelBytes } from "@indicia/onnx/write";
import { codedBit, weightStreamKey, weightWords } from "@indicia/proof/carrier";
import { portableKeystream } from "@indicia/proof/keystream";
import { encodePayload } from "@indicia/proof/payload";
import { openSession } from "@indicia/runtime/session";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CoreError } from "../../error.js";
import { nodeKeystream } from "../../keystream-node.js";
import { type EmbeddedWeights, type EmbedRequest, embedWeights } from "./embed.js";
import { heavyTensor, layeredBytes, modelOf } from "./model.fixture.js";
import { planWeights } from "./plan.js";
import { tensorScales } from "./tensor-scales.js";

const seed = new Uint8Array(32).fill(2);
const quiet = { cancelHost: false, payload: null } as const;

function planOf(model: OnnxModel): EmbedRequest["plan"] {
  const plan = planWeights(model, { exclude: [] });
  if ("refusal" in plan) throw new Error(plan.refusal);
  return plan.tensors;
}

function embed(model: OnnxModel, options: Partial<EmbedRequest> = {}): EmbeddedWeights {
  const request = {
    model,
    plan: planOf(model),
    seed,
    strength: 0.01,
    payload: "to: 7",
    keystream: nodeKeystream,
  };
  return embedWeights({ ...request, ...options });
}

const values = (model: OnnxModel, name: string): Float32Array => {
  const tensor = model.tensors.find((each) => each.name === name);
  if (tensor === undefined) throw new Error(`no tensor ${name}`);
  return readFloats(model, tensor);
};
const marked = (model: OnnxModel, edits: readonly Edit[]): OnnxModel =>
  openModelBytes(modelBytes(model, edits));

/** Sum of squares of what changed between two models, over the named tensors. */
function change(before: OnnxModel, after: OnnxModel, names: readonly string[]): number {
  let sum = 0;
  for (const name of names) {
    const was = values(before, name);
    for (const [i, now] of values(after, name).entries()) sum += (now - (was[i] ?? 0)) ** 2;
  }
  return sum;
}

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return error instanceof CoreError ? error.code : String(error);
  }
  return "nothing thrown";
};

describe("embedWeights", () => {
  it.each([
    ["no payload", null],
    ["a payload", "to: 7"],
  ])("adds eps sigma V bit to every weight, spelled out from the words (%s)", (_, payload) => {
    const model = openModelBytes(layeredBytes());
    const after = marked(model, embed(model, { ...quiet, payload }).edits);
    const coded = payload === null ? new Uint8Array(1184) : encodePayload(payload);
    for (const [name, rows, rowOf] of [
      ["first", 256, (i: number) => i % 256],
      ["second", 256, (i: number) => Math.floor(i / 256)],
    ] as const) {
      const was = values(model, name);
      const members = Array.from({ length: rows }, () => [] as number[]);
      for (const [i, value] of was.entries()) members[rowOf(i)]?.push(value);
      const sigma = members.map((row) => {
        const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
        return Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length);
      });
      const words = weightWords(weightStreamKey(seed, name), 0, was.length, portableKeystream);
      let worst = 0;
      for (const [i, now] of values(after, name).entries()) {
        const word = words[i] ?? 0;
        const bit = (word & 2) !== 0 && coded[codedBit(word, 1184)] === 1 ? -1 : 1;
        const expected = 0.01 * (sigma[rowOf(i)] ?? 0) * (word & 1 ? -1 : 1) * bit;
        worst = Math.max(worst, Math.abs(now - (was[i] ?? 0) - expected) / Math.abs(expected));
      }
      // Float32 leaves the sum a few units in its last place.
      expect(worst).toBeLessThan(0.01);
    }
  });

  it("reports what it changes", () => {
    const model = openModelBytes(layeredBytes());
    for (const options of [{}, quiet, { strength: 0.2 }]) {
      const embedded = embed(model, options);
      expect(embedded).toMatchObject({
        tensors: 3,
        weights: 64 * 256 + 256 * 256 + 2560,
        surviving: 1,
        notes: [],
      });
      const names = ["first", "second", "third"];
      const actual = change(model, marked(model, embedded.edits), names);
      expect(embedded.changeSquared / actual).toBeCloseTo(1, 2);
      const norm = names.reduce((sum, name) => sum + values(model, name).reduce((s, x) => s + x * x, 0), 0);
      expect(embedded.valuesSquared / norm).toBeCloseTo(1, 6);
    }
  });

  it("leaves the model as it is, and gives the same copy every time", () => {
    const bytes = layeredBytes();
    const model = openModelBytes(bytes);
    const scales = tensorScales(model, planOf(model));
    const copy = (options: Partial<EmbedRequest> = {}): Buffer =>
      Buffer.from(modelBytes(model, embed(model, options).edits));
    const first = copy();
    for (const again of [copy(), copy({ scales }), copy({ keystream: portableKeystream })]) {
      expect(again.equals(first)).toBe(true);
    }
    expect(Buffer.from(layeredBytes()).equals(bytes)).toBe(true);
    expect(copy({ seed: new Uint8Array(32) }).equals(first)).toBe(false);
  });

  it("does not depend on the pieces in which it is handed the weights", () => {
    const model = openModelBytes(layeredBytes());
    const [edit] = embed(model).edits;
    if (edit?.kind !== "values") throw new Error("an edit of values was expected");
    const whole = values(model, "first");
    edit.update(whole, 0);
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(whole.length), (a, b) => {
        const pieces = values(model, "first");
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        // Out of order as well: the carrier is addressed, not consumed.
        for (const [from, to] of [
          [low, high],
          [high, whole.length],
          [0, low],
        ] as const) {
          edit.update(pieces.subarray(from, to), from);
        }
        expect(Buffer.from(pieces.buffer).equals(Buffer.from(whole.buffer))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it("changes answers by about as little as weights", async () => {
    const bytes = layeredBytes();
    const model = openModelBytes(bytes);
    const x: Tensor = { type: "float32", dims: [32, 64], data: heavyTensor("inputs", [32, 64]).data };
    const outputs: Float32Array[] = [];
    for (const each of [bytes, modelBytes(model, embed(model, { strength: 0.005 }).edits)]) {
      const session = await openSession(each);
      outputs.push((await session.run({ x }))["y"]?.data as Float32Array);
      await session.close();
    }
    const [was, now] = outputs;
    let [difference, size] = [0, 0];
    for (const [i, y] of was?.entries() ?? []) {
      difference += ((now?.[i] ?? 0) - y) ** 2;
      size += y * y;
    }
    expect(Math.sqrt(difference / size)).toBeGreaterThan(0.001);
    expect(Math.sqrt(difference / size)).toBeLessThan(0.03);
  });

  it("marks by label, and not at all what has no strength", () => {
    const model = openModelBytes(layeredBytes());
    const embedded = embed(model, { ...quiet, strength: { first: 0.01, third: 0 } });
    const after = marked(model, embedded.edits);
    expect(embedded.tensors).toBe(1);
    expect(change(model, after, ["first"])).toBeGreaterThan(0);
    expect(change(model, after, ["second", "third"])).toBe(0);
  });

  it("keeps tied weights tied", () => {
    const w = heavyTensor("w", [64, 64]);
    const nodes = ["a", "b"].map((name) => ({ op: "MatMul", inputs: ["x", name], outputs: [`y${name}`] }));
    const model = modelOf(nodes, { a: w, b: w });
    const embedded = embed(model);
    const after = marked(model, embedded.edits);
    expect(embedded).toMatchObject({ tensors: 2, weights: 2 * 4096 });
    expect(values(after, "a")).toEqual(values(after, "b"));
    expect(change(model, after, ["a"])).toBeGreaterThan(0);
  });

  it.each<[ElementType, number, number]>([
    ["float16", 0.95, 1.05],
    ["bfloat16", 0.6, 1.4],
    ["float64", 1, 1],
  ])("rounds to %s and says what survives", (type, least, most) => {
    const model = openModelBytes(layeredBytes(type));
    const embedded = embed(model, quiet);
    expect(embedded.surviving).toBeGreaterThanOrEqual(least);
    expect(embedded.surviving).toBeLessThanOrEqual(most);
    expect(embedded.notes).toHaveLength(type === "float64" ? 0 : 1);
    // What survives is the projection of the actual change on the intended one.
    const after = marked(model, embedded.edits);
    const was = values(model, "second");
    const intended = was.slice();
    const [, edit] = embedded.edits;
    if (edit?.kind === "values") edit.update(intended, 0);
    let [placed, left] = [0, 0];
    for (const [i, now] of values(after, "second").entries()) {
      const step = (intended[i] ?? 0) - (was[i] ?? 0);
      placed += Math.abs(step);
      left += Math.sign(step) * (now - (was[i] ?? 0));
    }
    expect(left / placed).toBeCloseTo(embedded.surviving, 1);
  });

  it("leaves constant and broken rows alone", () => {
    const w = heavyTensor("w", [64, 64]);
    const data = Float32Array.from(w.data as Float32Array, (value, i) => {
      if (i % 64 === 1) return 0.25;
      return i === 7 * 64 + 2 ? Number.NaN : value;
    });
    const model = modelOf([{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }], { w: { ...w, data } });
    const after = values(marked(model, embed(model).edits), "w");
    const touched = new Set<number>();
    for (const [i, value] of after.entries()) if (!Object.is(value, data[i])) touched.add(i % 64);
    expect([...touched].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 64 }, (_, i) => i).filter((i) => i !== 1 && i !== 2),
    );
  });

  it("silences the host where a blind examination can succeed, within bounds, and only there", () => {
    const small = openModelBytes(layeredBytes());
    expect(embed(small).hostFactors).toEqual({ pilot: 1, payload: 1 });
    const { pilot, payload } = embed(small, { strength: 0.05 }).hostFactors;
    for (const factor of [pilot, payload]) {
      expect(factor).not.toBe(1);
      expect(factor).toBeGreaterThanOrEqual(0.5);
      expect(factor).toBeLessThanOrEqual(2);
    }
    expect(embed(small, { strength: 0.05, cancelHost: false }).hostFactors).toEqual({ pilot: 1, payload: 1 });
  });

  it("refuses what it cannot do", () => {
    const model = openModelBytes(layeredBytes());
    expect(codeOf(() => embed(model, { payload: "x".repeat(33) }))).toBe("PAYLOAD_TOO_LONG");
    expect(codeOf(() => embed(model, { strength: -0.1 }))).toBe("STRENGTH_OUT_OF_RANGE");
    expect(codeOf(() => embed(model, { strength: Number.NaN }))).toBe("STRENGTH_OUT_OF_RANGE");
    const other = modelOf([{ op: "MatMul", inputs: ["x", "first"], outputs: ["y"] }], {
      first: heavyTensor("first", [64, 64]),
    });
    expect(codeOf(() => embed(other, { plan: planOf(model) }))).toBe("WRONG_REFERENCE");
  });
});
