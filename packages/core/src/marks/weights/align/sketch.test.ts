import { openModelBytes } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import type { Tensor } from "@indicia/onnx/tensor";
import { modelBytes } from "@indicia/onnx/write";
import { detectWeights } from "@indicia/proof/weight-detect";
import { expect, it } from "vitest";
import { nodeKeystream } from "../../../keystream-node.js";
import { publicRandom } from "../../../probes/prng.js";
import { embedWeights } from "../embed.js";
import { measureWeights } from "../measure.js";
import { planWeights } from "../plan.js";
import { chain, hide, inOrder, shuffled } from "./hidden.fixture.js";
import { makeSketch, readSketch } from "./sketch.js";

const SIZES = [640, 1024, 1024, 512];
const seed = new Uint8Array(32).fill(4);
const layers = SIZES.slice(1).map((out, i): Tensor => {
  const random = publicRandom(`sketched ${i}`);
  const dims = [SIZES[i] ?? 0, out];
  // Two-sided exponential: heavier tails than normal ones, and quickly drawn.
  const data = Float32Array.from({ length: (dims[0] ?? 0) * out }, () => {
    return (random() < 0.5 ? 0.02 : -0.02) * Math.log(1 - random());
  });
  return { type: "float32", dims, data };
});
const reference = openModelBytes(chain(layers));
const planned = planWeights(reference, { exclude: [] });
const plan = "refusal" in planned ? [] : planned.tensors;
const total = plan.reduce((sum, { rows, columns }) => sum + rows * columns, 0);

async function blindT(suspect: Uint8Array, sketch: Uint8Array | null): Promise<number> {
  const measured = await measureWeights({ plan, suspect: openModelBytes(suspect), reference: null, sketch });
  const found = detectWeights({ ...measured, seed, committedPayload: "to: 3", keystream: nodeKeystream });
  return found.find(({ statistic }) => statistic === "committed payload")?.T ?? Number.NaN;
}

it("a sketch of a byte for a hundred weights makes shuffled weights readable without the reference", async () => {
  const sketch = await makeSketch(reference, plan);
  if (sketch === null) throw new Error("the model is large enough for a sketch");
  expect(sketch.length).toBeLessThanOrEqual(total / 100);
  const embedded = embedWeights({
    model: reference,
    plan,
    seed,
    strength: 0.01,
    payload: "to: 3",
    keystream: nodeKeystream,
  });
  const marked = openModelBytes(modelBytes(reference, embedded.edits));
  const weights = marked.tensors.map(
    (tensor): Tensor => ({ type: "float32", dims: tensor.dims, data: readFloats(marked, tensor) }),
  );
  const random = publicRandom("blind order");
  const hidden = hide(weights, (_, size) => {
    const signs = inOrder(size).map(() => (random() < 0.5 ? -1 : 1));
    return { places: shuffled(random, size), size, factor: (c) => signs[c] ?? 1 };
  });
  const suspect = chain(hidden);
  expect(Math.abs(await blindT(suspect, null))).toBeLessThan(5);
  expect(await blindT(suspect, sketch)).toBeGreaterThan(0.9 * 0.01 * Math.sqrt(total));
  expect(Math.abs(await blindT(chain(layers), sketch))).toBeLessThan(5);
});

it("a sketch of another length is refused", async () => {
  const sketch = await makeSketch(reference, plan);
  expect(() => readSketch((sketch ?? new Uint8Array(1)).subarray(1), plan)).toThrow("sketch.bin");
});
