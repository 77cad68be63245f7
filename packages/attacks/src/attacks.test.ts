import { createHash } from "node:crypto";
import { openModelBytes } from "@indicia/onnx/open";
import type { Tensor } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { onnx } from "onnx-proto";
import { beforeAll, describe, expect, it } from "vitest";
import { AttackError } from "./error.js";
import { chainModel, convolutionModel, transformerModel } from "./generated.js";
import { ATTACKS, type Attack } from "./index.js";
import { seededRandom } from "./random.js";
import { average } from "./weight-changes.js";
import { put, taken } from "./loose.js";

const MODELS: Readonly<Record<string, Uint8Array>> = {
  "chain with ReLU": chainModel({ width: 96, layers: 2, activation: "Relu", seed: 1 }),
  "chain with Tanh": chainModel({ width: 96, layers: 2, activation: "Tanh", seed: 2 }),
  "linear chain": chainModel({ width: 96, layers: 2, activation: "Identity", seed: 3 }),
  convolutions: convolutionModel(4),
  transformer: transformerModel(5),
  "transformer without gains": transformerModel(6, "rms"),
};
/** Where each attack that asks for something particular finds it. */
const FINDS: Readonly<Record<string, readonly string[]>> = {
  transpose: ["chain with ReLU", "chain with Tanh", "linear chain", "convolutions", "transformer"],
  "fold batch normalisation": ["convolutions"],
  "fuse products": ["transformer"],
  "permute neurons": Object.keys(MODELS),
  "20 % dummy neurons": Object.keys(MODELS),
  "scale neurons": ["chain with ReLU", "linear chain", "convolutions", "transformer"],
  "flip signs": ["chain with Tanh", "linear chain"],
  rotate: ["linear chain", "transformer without gains"],
  "mix attention": ["transformer"],
  "4 bits in blocks of 32": Object.keys(MODELS),
};

function inputOf(name: string): Tensor {
  const dims =
    name === "convolutions" ? [6, 3, 8, 8] : name.startsWith("transformer") ? [6, 12, 48] : [6, 64];
  const { normal } = seededRandom(`input ${name}`);
  const total = dims.reduce((product, dim) => product * dim, 1);
  return { type: "float32", dims, data: Float32Array.from({ length: total }, normal) };
}

async function answers(model: Uint8Array, name: string): Promise<Float32Array> {
  const session = await openSession(model);
  try {
    return (await session.run({ x: inputOf(name) }))["y"]?.data as Float32Array;
  } finally {
    await session.close();
  }
}

/** Largest difference, in units of the largest answer. */
function difference(a: Float32Array, b: Float32Array): number {
  const size = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0) / size;
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function attempt(attack: Attack, model: Uint8Array, seed = 1): Promise<Uint8Array | null> {
  try {
    return await attack.apply(model, seed);
  } catch (error) {
    if (error instanceof AttackError && error.code === "NOTHING_TO_DO") return null;
    throw error;
  }
}

describe.each(ATTACKS.map((attack) => [attack.name, attack] as const))("%s", (name, attack) => {
  it("makes a valid model, the same one for the same seed, and leaves what it was given", async () => {
    const found: string[] = [];
    for (const [which, model] of Object.entries(MODELS)) {
      const before = digest(model);
      const made = await attempt(attack, model);
      expect(digest(model)).toBe(before);
      if (made === null) continue;
      found.push(which);
      expect([which, digest(made)]).not.toEqual([which, before]);
      expect([which, digest((await attempt(attack, model)) ?? made)]).toEqual([which, digest(made)]);
      expect(onnx.ModelProto.decode(made).graph?.node?.length).toBe(openModelBytes(made).graph.nodes.length);
      const [plain, changed] = [await answers(model, which), await answers(made, which)];
      expect(changed).toHaveLength(plain.length);
      const moved = difference(plain, changed);
      expect([which, moved < (attack.preserves ? 1e-4 : Number.POSITIVE_INFINITY)]).toEqual([which, true]);
    }
    expect(found).toEqual(expect.arrayContaining([...(FINDS[name] ?? [])]));
    expect(found.length).toBeGreaterThan(0);
  });
});

describe("averaging", () => {
  let mean: Float32Array;
  beforeAll(async () => {
    const copies = [1, 2, 3].map((seed) =>
      taken(chainModel({ width: 32, layers: 1, activation: "Identity", seed })),
    );
    mean = await answers(put(average(copies)), "chain");
  });
  it("is not any of its copies", async () => {
    const first = await answers(
      chainModel({ width: 32, layers: 1, activation: "Identity", seed: 1 }),
      "chain",
    );
    expect(difference(first, mean)).toBeGreaterThan(0.01);
  });
});
