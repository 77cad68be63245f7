import { type OnnxModel, openModelBytes } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import type { Tensor } from "@indicia/onnx/tensor";
import { modelBytes } from "@indicia/onnx/write";
import { checkSegments } from "@indicia/proof/weight-segments";
import { describe, expect, it } from "vitest";
import { nodeKeystream } from "../../keystream-node.js";
import { normal, publicRandom } from "../../probes/prng.js";
import { detectWeights, type WeightWitness } from "@indicia/proof/weight-detect";
import { embedWeights } from "./embed.js";
import { measureBlind, measureWeights, type WeightMeasurement } from "./measure.js";
import { heavyTensor, layeredBytes, modelBytesOf, modelOf } from "./model.fixture.js";
import { WRONG_KEYS, wrongKeys } from "./null.fixture.js";
import { planWeights } from "./plan.js";

const seed = new Uint8Array(32).fill(6);
const reference = openModelBytes(layeredBytes());
const planned = planWeights(reference, { exclude: [] });
const plan = "refusal" in planned ? [] : planned.tensors;
const { edits } = embedWeights({
  model: reference,
  plan,
  seed,
  strength: 0.01,
  payload: "to: 9",
  keystream: nodeKeystream,
});
const marked = openModelBytes(modelBytes(reference, edits));
const all = 64 * 256 + 256 * 256 + 2560;

const against = (suspect: OnnxModel, most?: number): Promise<WeightMeasurement> =>
  measureWeights({ plan, suspect, reference, ...(most === undefined ? {} : { most }) });
const committed = (
  { segments, residual }: WeightMeasurement,
  of: Uint8Array = seed,
): WeightWitness | undefined =>
  detectWeights({ seed: of, segments, residual, committedPayload: "to: 9", keystream: nodeKeystream }).find(
    ({ statistic }) => statistic === "committed payload",
  );

const stored = (name: string): Tensor => {
  const entry = marked.tensors.find((tensor) => tensor.name === name);
  if (entry === undefined) throw new Error(name);
  return { type: "float32", dims: entry.dims, data: readFloats(marked, entry) };
};

/** The marked layers with their weights stored under other names, or changed. */
function rebuilt(
  first: [string, Tensor],
  second: [string, Tensor],
  third: [string, Tensor] | null,
): OnnxModel {
  const layers = [first, second, ...(third === null ? [] : [third])];
  return modelOf(
    layers.map(([name], i) => ({
      op: "MatMul",
      inputs: [i === 0 ? "x" : `h${i}`, name],
      outputs: [`h${i + 1}`],
    })),
    Object.fromEntries(layers),
  );
}

function disturbed(tensor: Tensor, noise: number, label: string): Tensor {
  const random = publicRandom(label);
  const data = Float32Array.from(tensor.data as Float32Array, (value) => value + noise * normal(random));
  return { ...tensor, data };
}

describe("measureWeights", () => {
  it("finds the mark in a copy, and nothing in the original", async () => {
    const copy = await against(marked);
    expect(copy).toMatchObject({ mode: "reference", missing: [], plannedWeights: all });
    expect(copy.matched.map(({ tensors, by }) => [...tensors, by])).toEqual([
      ["first", "id"],
      ["second", "id"],
      ["third", "id"],
    ]);
    expect(copy.residual).toHaveLength(all);
    expect(committed(copy)?.T).toBeGreaterThan(0.99 * Math.sqrt(all));
    expect(committed(copy)?.payload).toEqual({ text: "to: 9", bitErrors: 0, bits: 256 });

    const original = await against(reference);
    expect(original.residual.every((r) => r === 0)).toBe(true);
    expect(committed(original)).toMatchObject({ T: 0, lnP: 0 });
  });

  it("recognises renamed weights by content, and weights that hide under each other's names", async () => {
    const renamed = await against(
      rebuilt(["u", stored("first")], ["v", stored("second")], ["w", stored("third")]),
    );
    expect(renamed.matched.map(({ tensors, by }) => [...tensors, by])).toEqual([
      ["u", "content"],
      ["v", "content"],
      ["w", "content"],
    ]);
    expect(committed(renamed)?.T).toBeGreaterThan(0.99 * Math.sqrt(all));

    // Two layers of equal dims, exchanged.
    const twins = modelOf(
      ["p", "q"].map((name) => ({ op: "MatMul", inputs: ["x", name], outputs: [`y${name}`] })),
      { p: heavyTensor("p", [64, 64]), q: heavyTensor("q", [64, 64]) },
    );
    const own = planWeights(twins, { exclude: [] });
    if ("refusal" in own) throw new Error(own.refusal);
    const swapped = modelOf(
      ["p", "q"].map((name) => ({ op: "MatMul", inputs: ["x", name], outputs: [`y${name}`] })),
      { q: heavyTensor("p", [64, 64]), p: heavyTensor("q", [64, 64]) },
    );
    const found = await measureWeights({ plan: own.tensors, suspect: swapped, reference: twins });
    expect(found.matched.map(({ label, tensors, by }) => [label, ...tensors, by])).toEqual([
      ["p", "q", "content"],
      ["q", "p", "content"],
    ]);
  });

  it("measures what is there and names what is missing", async () => {
    const partial = await against(rebuilt(["first", stored("first")], ["second", stored("second")], null));
    expect(partial.missing).toEqual(["third"]);
    expect(partial.segments.map(({ label }) => label)).toEqual(["first", "second"]);
    expect(committed(partial)?.T).toBeGreaterThan(0.99 * Math.sqrt(all - 2560));

    const nothing = await against(modelOf([], {}));
    expect(nothing).toMatchObject({ segments: [], matched: [], missing: ["first", "second", "third"] });
    expect(committed(nothing)).toMatchObject({ T: 0, lnP: 0 });
  });

  it("survives noise, pruning and rows of NaN", async () => {
    const noisy = disturbed(stored("second"), 0.02, "noise");
    const pruned = {
      ...stored("first"),
      data: (stored("first").data as Float32Array).map((x) => (Math.abs(x) < 0.06 ? 0 : x)),
    };
    const broken = {
      ...stored("third"),
      data: (stored("third").data as Float32Array).map((x, i) => (i === 5 ? Number.NaN : x)),
    };
    const suspect = rebuilt(["first", pruned], ["second", noisy], ["third", broken]);
    expect(committed(await against(suspect))?.T).toBeGreaterThan(50);
  });

  it("looks at a share of large models, the same share every time", async () => {
    const sampled = await against(marked, 20_000);
    checkSegments(sampled.segments);
    expect(sampled.residual.length).toBeLessThanOrEqual(20_000);
    expect(sampled.residual.length).toBeGreaterThan(16_000);
    expect(new Set(sampled.segments.map(({ label }) => label))).toEqual(
      new Set(["first", "second", "third"]),
    );
    expect(await against(marked, 20_000)).toEqual(sampled);
    expect(committed(sampled)?.T).toBeGreaterThan(0.99 * Math.sqrt(sampled.residual.length));
  });

  it("finds nothing in other models of the same shape under the real key", async () => {
    // Half as wide as the others, since every alignment is tried in vain before.
    const narrow = (label: string): OnnxModel =>
      rebuilt(
        ["first", heavyTensor(`${label}/1`, [64, 128])],
        ["second", heavyTensor(`${label}/2`, [128, 128])],
        ["third", heavyTensor(`${label}/3`, [128, 10])],
      );
    const own = narrow("reference");
    const planOfOwn = planWeights(own, { exclude: [] });
    if ("refusal" in planOfOwn) throw new Error(planOfOwn.refusal);
    for (const label of ["one", "two", "three", "four", "five"]) {
      const suspect = narrow(label);
      const measured = await measureWeights({ plan: planOfOwn.tensors, suspect, reference: own });
      expect(measured.residual).toHaveLength(64 * 128 + 128 * 128 + 1280);
      // Random matrices of one size have the same spectrum, nothing else of them is alike.
      for (const { by, correlation } of measured.matched)
        expect(by === "spectrum" ? 0 : Math.abs(correlation ?? 1)).toBeLessThan(0.1);
      expect(Math.abs(committed(measured)?.T ?? 9)).toBeLessThan(4.5);
    }
  });

  it("keeps to the bound under thousands of wrong keys, with the mark of another in it", async () => {
    for (const measured of [await against(marked), measureBlind({ plan, suspect: marked })]) {
      const { counts, mean, meanSquare } = wrongKeys(measured);
      for (const { level, above, most } of counts) expect(above, `T >= ${level}`).toBeLessThanOrEqual(most);
      expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(WRONG_KEYS));
      expect(Math.abs(meanSquare - 1)).toBeLessThan(5 * Math.sqrt(2 / WRONG_KEYS));
    }
  });
});

describe("without the reference", () => {
  it("finds a mark of 1 % in a model of four million heavy-tailed weights", () => {
    const names = ["a", "b", "c", "d"];
    const bytes = modelBytesOf(
      names.map((name, i) => ({
        op: "MatMul",
        inputs: [i === 0 ? "x" : `h${i}`, name],
        outputs: [`h${i + 1}`],
      })),
      Object.fromEntries(names.map((name) => [name, laplaceTensor(name, [1024, 1024])])),
    );
    const model = openModelBytes(bytes);
    const own = planWeights(model, { exclude: [] });
    if ("refusal" in own) throw new Error(own.refusal);
    const request = {
      model,
      plan: own.tensors,
      seed,
      strength: 0.01,
      payload: "to: 9",
      keystream: nodeKeystream,
    };
    const embedded = embedWeights(request);
    const copy = openModelBytes(modelBytes(model, embedded.edits));
    const blind = measureBlind({ plan: own.tensors, suspect: copy });
    expect(blind.mode).toBe("blind");
    expect(blind.residual).toHaveLength(4_000_000 - (4_000_000 % 4096));
    // The host is silenced, so T is what the mark alone gives, the same for every key: sqrt(N) eps and a little more,
    // since tails are cut off.
    expect(committed(blind)?.T).toBeGreaterThan(0.99 * Math.sqrt(blind.residual.length) * 0.01);
    expect(committed(blind)?.T).toBeLessThan(1.3 * Math.sqrt(blind.residual.length) * 0.01);
    expect(Math.abs(committed(blind, new Uint8Array(32))?.T ?? 9)).toBeLessThan(4.5);
    const original = measureBlind({ plan: own.tensors, suspect: model });
    expect(Math.abs(committed(original)?.T ?? 9)).toBeLessThan(4.5);
  });

  it("goes by id and name", () => {
    const moved = modelOf(
      [
        { op: "Constant", inputs: [], outputs: ["second"], attributes: { value: stored("second") } },
        { op: "MatMul", inputs: ["x", "second"], outputs: ["y"] },
      ],
      { other: stored("first") },
    );
    const { matched, missing } = measureBlind({ plan, suspect: moved });
    expect(matched).toEqual([
      { label: "second", tensors: ["second"], by: "id", correlation: null, undone: [] },
    ]);
    expect(missing).toEqual(["first", "third"]);
  });
});

/** Two-sided exponential weights: heavier tails than normal ones, and quickly drawn. */
function laplaceTensor(label: string, dims: readonly number[]): Tensor {
  const random = publicRandom(label);
  const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
  for (let i = 0; i < data.length; i++) data[i] = 0.02 * (random() < 0.5 ? 1 : -1) * Math.log(1 - random());
  return { type: "float32", dims, data };
}
