import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openModelBytes } from "@indicia/onnx/open";
import type { Tensor } from "@indicia/onnx/tensor";
import { generatedConvNet, generatedMlp, generatedTransformer } from "@indicia/testkit/generated-models";
import { sharedMissing, sharedPath } from "@indicia/testkit/shared-path";
import { sampleFeeds } from "../sample-feeds.js";

/** A model on which attacks are tried. */
export interface Subject {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly rows: Readonly<Record<string, Tensor>>;
}

const TEST_MODELS = fileURLToPath(new URL("../../../../test-models/", import.meta.url));

/** Inputs that cannot be drawn at random: lengths and rates of sounds. */
const SOUNDS: Readonly<Record<string, Readonly<Record<string, Tensor>>>> = {
  "silero_vad_16k_op15.onnx": {
    input: noise([1, 512]),
    state: noise([2, 1, 128]),
    sr: { type: "int64", dims: [], data: BigInt64Array.of(16_000n) },
  },
  "silero_vad_2021_micro.onnx": { input: noise([1, 4000]) },
};

/** Models made by generators, small enough to try every attack on. */
export function generatedSubjects(): Subject[] {
  return [
    subject("mlp", generatedMlp({ widths: [12, 48, 64, 40, 7] })),
    subject("tanh mlp", generatedMlp({ widths: [12, 48, 64, 7], activation: "Tanh" })),
    subject("conv net", generatedConvNet()),
    subject("transformer", generatedTransformer()),
    subject("rms transformer", generatedTransformer({ norm: "rms", blocks: 1 })),
  ];
}

/** The models that the project trains itself. */
export function trainedSubjects(): Subject[] {
  const names = readdirSync(TEST_MODELS).filter((name) => name.endsWith(".onnx"));
  return names.map((name) => subject(name, readFileSync(TEST_MODELS + name)));
}

/** Models made elsewhere; none where there is no shared folder. */
export function sharedSubjects(): Subject[] {
  if (sharedMissing) return [];
  const names = readdirSync(sharedPath("models")).filter((name) => name.endsWith(".onnx"));
  return names.map((name) => subject(name, readFileSync(sharedPath("models", name))));
}

function subject(name: string, bytes: Uint8Array): Subject {
  const sounds = SOUNDS[name];
  if (sounds !== undefined) return { name, bytes, rows: sounds };
  const model = openModelBytes(bytes);
  const stored = new Set(model.graph.initializers.map((each) => each.name));
  const inputs = model.graph.inputs.filter((input) => !stored.has(input.name));
  return { name, bytes, rows: sampleFeeds(inputs, name) };
}

function noise(dims: readonly number[]): Tensor {
  const [feeds] = Object.values(sampleFeeds([{ name: "noise", type: "float32", dims }], "noise"));
  if (feeds === undefined) throw new Error("no sample");
  return feeds;
}
