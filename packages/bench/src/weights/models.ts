import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { chainModel, convolutionModel, transformerModel } from "@indicia/attacks/generated";
import { seededRandom } from "@indicia/attacks/random";
import { elementCount, type Tensor } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
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
  /** Output whose largest number is the label. */
  readonly output: string;
}

/** Of the four-million-weight bound of one statistic a quarter: the case that the goals speak of. */
const WIDE = { width: 1024, layers: 2, activation: "Identity", seed: SEED } as const;

const loaders: Readonly<Record<string, (rows: number) => Promise<MatrixModel>>> = {
  "products of 1024 x 1024": async (rows) =>
    generated("products of 1024 x 1024", chainModel(WIDE), 0.01, [rows, 64]),
  "dense layers with ReLU": async (rows) =>
    generated(
      "dense layers with ReLU",
      chainModel({ width: 512, layers: 3, activation: "Relu", seed: SEED }),
      0.01,
      [rows, 64],
    ),
  "convolutions with batch normalisation": async (rows) =>
    generated("convolutions with batch normalisation", convolutionModel(SEED), 0.005, [rows, 3, 8, 8]),
  transformer: async (rows) => generated("transformer", transformerModel(SEED), 0.005, [rows, 12, 48]),
  "transformer without gains": async (rows) =>
    generated("transformer without gains", transformerModel(SEED, "rms"), 0.005, [rows, 12, 48]),
  glyphs: async (rows) => {
    const { images } = drawGlyphs({ seed: "weights bench", count: rows });
    const size = Math.sqrt(images.length / rows);
    return {
      name: "glyphs",
      bytes: await readFile(rootPath("test-models", "glyphs.onnx")),
      strength: 0.005,
      inputs: { image: { type: "float32", dims: [rows, 1, size, size], data: images } },
      output: "probabilities",
    };
  },
  magika_standard_v3_3: (rows) => magika("standard_v3_3", rows),
  magika_standard_v1: (rows) => magika("standard_v1", rows),
  dtln_1: () => unlabelled("dtln_1"),
  silero_vad_16k_op15: () => unlabelled("silero_vad_16k_op15"),
};

/** Names of the matrix's models. */
export const MATRIX_MODELS: readonly string[] = Object.keys(loaders);

/** @param rows how many inputs labels are compared on */
export async function matrixModel(name: string, rows: number): Promise<MatrixModel> {
  const load = loaders[name];
  if (load === undefined) throw new RangeError(`no model "${name}"`);
  return load(rows);
}

function generated(name: string, bytes: Uint8Array, strength: number, dims: readonly number[]): MatrixModel {
  const { normal } = seededRandom(`inputs of ${name}`);
  const data = Float32Array.from({ length: elementCount(dims) }, normal);
  return { name, bytes, strength, inputs: { x: { type: "float32", dims, data } }, output: "y" };
}

async function magika(name: "standard_v1" | "standard_v3_3", rows: number): Promise<MatrixModel> {
  const model = await readMagikaModel(name);
  const { files } = await loadCorpus("held-back", { limit: rows });
  return {
    name: `magika_${name}`,
    bytes: await readFile(model.path),
    strength: 0.005,
    inputs: { [model.input.name]: magikaInputs(model, files) },
    output: model.output,
  };
}

async function unlabelled(name: string): Promise<MatrixModel> {
  const bytes = await readFile(rootPath("..", "shared", "models", `${name}.onnx`));
  return { name, bytes, strength: 0.005, inputs: null, output: "" };
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
