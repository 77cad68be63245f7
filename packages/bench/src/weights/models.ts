import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { sampleFeeds } from "@indicia/attacks/sample-feeds";
import { randomNumbers } from "@indicia/data/random-numbers";
import { openModelBytes } from "@indicia/onnx/open";
import { elementCount, type Tensor } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { generatedConvNet, generatedMlp, generatedTransformer } from "@indicia/testkit/generated-models";
import { SEED } from "../facts.js";
import { loadCorpus } from "../corpus/load-corpus.js";
import { magikaInputs } from "../magika/features.js";
import { readMagikaModel } from "../magika/model.js";
import { rootPath } from "../root.js";
import { drawGlyphs } from "../test-models/glyphs.js";

/** A model of the matrix, with inputs on which its labels are compared. */
export interface MatrixModel {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Strength of the weight mark, in units of each row's spread. */
  readonly strength: number;
  /** Rows of inputs, or null where the model has no labels. */
  readonly inputs: Readonly<Record<string, Tensor>> | null;
  /** A few rows of inputs for attacks that run the model, or null where random ones do. */
  readonly rows: Readonly<Record<string, Tensor>> | null;
  /** Output whose largest number is the label. */
  readonly output: string;
}

/** Rows for attacks that run the model. */
const FEW = 32;

const loaders: Readonly<Record<string, (rows: number) => Promise<MatrixModel>>> = {
  "products of 1024 x 1024": async (rows) =>
    generated(
      "products of 1024 x 1024",
      generatedMlp({ seed: SEED, widths: [64, 1024, 1024, 20], activation: "Identity" }),
      0.01,
      rows,
    ),
  "dense layers with ReLU": async (rows) => generated("dense layers with ReLU", denseModel(SEED), 0.01, rows),
  convolutions: async (rows) =>
    generated("convolutions", generatedConvNet({ seed: SEED, channels: 96 }), 0.01, rows),
  transformer: async (rows) =>
    generated("transformer", generatedTransformer({ seed: SEED, ...WIDE }), 0.01, rows),
  "transformer of root mean squares": async (rows) =>
    generated(
      "transformer of root mean squares",
      generatedTransformer({ seed: SEED, norm: "rms", ...WIDE }),
      0.01,
      rows,
    ),
  glyphs: async (rows) => {
    const { images } = drawGlyphs({ seed: "weights bench", count: rows });
    const size = Math.sqrt(images.length / rows);
    const inputs = { image: { type: "float32", dims: [rows, 1, size, size], data: images } } as const;
    return {
      name: "glyphs",
      bytes: await readFile(rootPath("test-models", "glyphs.onnx")),
      strength: 0.005,
      inputs,
      rows: fewOf(inputs),
      output: "probabilities",
    };
  },
  magika_standard_v3_3: (rows) => magika("standard_v3_3", rows),
  magika_standard_v1: (rows) => magika("standard_v1", rows),
  dtln_1: () => unlabelled("dtln_1", null),
  silero_vad_16k_op15: () =>
    unlabelled("silero_vad_16k_op15", {
      input: normal("sound", [1, 512]),
      state: normal("state", [2, 1, 128]),
      sr: { type: "int64", dims: [], data: BigInt64Array.of(16_000n) },
    }),
};

/** Sizes of the transformers: 330,000 weights. */
const WIDE = { width: 128, feed: 384 } as const;

/** Three hidden layers of 512: 570,000 weights. */
export function denseModel(seed: number): Uint8Array {
  return generatedMlp({ seed, widths: [64, 512, 512, 512, 20] });
}

/** Names of the matrix's models. */
export const MATRIX_MODELS: readonly string[] = Object.keys(loaders);

/** @param rows how many inputs labels are compared on */
export async function matrixModel(name: string, rows: number): Promise<MatrixModel> {
  const load = loaders[name];
  if (load === undefined) throw new RangeError(`no model "${name}"`);
  return load(rows);
}

function generated(name: string, bytes: Uint8Array, strength: number, rows: number): MatrixModel {
  const inputs = sampleFeeds(openModelBytes(bytes).graph.inputs, name, { batch: rows });
  return { name, bytes, strength, inputs, rows: fewOf(inputs), output: "output" };
}

async function magika(name: "standard_v1" | "standard_v3_3", rows: number): Promise<MatrixModel> {
  const model = await readMagikaModel(name);
  const { files } = await loadCorpus("held-back", { limit: rows });
  const inputs = { [model.input.name]: magikaInputs(model, files) };
  return {
    name: `magika_${name}`,
    bytes: await readFile(model.path),
    strength: 0.005,
    inputs,
    rows: fewOf(inputs),
    output: model.output,
  };
}

async function unlabelled(name: string, rows: MatrixModel["rows"]): Promise<MatrixModel> {
  const bytes = await readFile(rootPath("..", "shared", "models", `${name}.onnx`));
  return { name, bytes, strength: 0.005, inputs: null, rows, output: "" };
}

function normal(purpose: string, dims: readonly number[]): Tensor {
  const { normal: draw } = randomNumbers(`inputs of the weights bench: ${purpose}`);
  return { type: "float32", dims, data: Float32Array.from({ length: elementCount(dims) }, draw) };
}

/** The first rows of all inputs. */
function fewOf(inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => {
      const [rows = 0, ...rest] = tensor.dims;
      const few = Math.min(FEW, rows);
      return [
        name,
        { ...tensor, dims: [few, ...rest], data: tensor.data.slice(0, few * elementCount(rest)) },
      ];
    }),
  );
}

/** The label of each input, or null where a model has none. */
export async function labelsOf(
  model: Uint8Array,
  { inputs, output }: MatrixModel,
): Promise<Int32Array | null> {
  if (inputs === null) return null;
  const session = await openSession(model, { threads: 2 });
  try {
    const name = session.outputs.some((each) => each.name === output)
      ? output
      : (session.outputs[0]?.name ?? "");
    const { [name]: answers } = await session.runRows(inputs);
    if (answers === undefined) return null;
    const [rows = 0] = answers.dims;
    const classes = answers.data.length / rows;
    return Int32Array.from({ length: rows }, (_, r) => {
      let best = 0;
      for (let c = 1; c < classes; c++)
        if (Number(answers.data[r * classes + c]) > Number(answers.data[r * classes + best])) best = c;
      return best;
    });
  } finally {
    await session.close();
  }
}

/** Share of labels that differ; null where there are none to compare. */
export function labelChange(a: Int32Array | null, b: Int32Array | null): number | null {
  if (a === null || b === null || a.length === 0) return null;
  return a.filter((label, i) => label !== b[i]).length / a.length;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
