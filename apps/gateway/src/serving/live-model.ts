import { type Tensor, type ValueInfo } from "@indicia/onnx/tensor";
import type { Session } from "@indicia/runtime/session";
import type { FeatureReader } from "@indicia/core/marks/readout/features";
import type { Scores, ServedModel } from "../defences/defence.js";

/** Rows per run of the model. One size always, so that an answer does not depend on who else asked. */
const BATCH = 8;

/** Class scores as the model computed them. */
export interface ComputedScores {
  /** The model's output, [rows, classes]. */
  readonly values: Float64Array;
  readonly logits: Float64Array | null;
  readonly features: Float64Array | null;
}

/** What one request's rows gave. */
export interface Computed {
  /** Outputs that were asked for and are no scores, as the model gave them. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly scores: ComputedScores | null;
}

/** A model that is loaded and answers. */
export interface LiveModel extends ServedModel {
  /**
   * @param outputs of those that are served
   * @throws RuntimeError INPUT_* for what the model does not take
   */
  run(feeds: Readonly<Record<string, Tensor>>, rows: number, outputs: readonly string[]): Promise<Computed>;
  close(): Promise<void>;
}

/** A model whose outputs are served as they are. */
export function plainModel(name: string, version: string, session: Session): LiveModel {
  return {
    name,
    version,
    inputs: session.inputs,
    outputs: session.outputs,
    features: false,
    scores: null,
    run: async (feeds, _, outputs) => ({
      outputs: await session.runRows(feeds, { batch: BATCH, outputs }),
      scores: null,
    }),
    close: () => session.close(),
  };
}

/** A classifier of which only the scores are served: what is not marked would give the mark away. */
export function classifier(options: {
  readonly name: string;
  readonly version: string;
  readonly inputs: readonly ValueInfo[];
  readonly scores: Scores;
  readonly reader: FeatureReader;
}): LiveModel {
  const { name, version, inputs, scores, reader } = options;
  return {
    name,
    version,
    inputs,
    outputs: [{ name: scores.output, type: "float32", dims: [null, scores.classes] }],
    features: true,
    scores,
    run: async (tensors, rows) => {
      const { outputs, logits, features } = await reader.read({ rows, tensors });
      return { outputs: {}, scores: { values: outputs, logits, features } };
    },
    close: () => reader.close(),
  };
}

/** Scores as they are sent. @param values [rows, classes] */
export function scoresTensor(values: Float64Array, rows: number): Tensor {
  const width = values.length / rows;
  return { type: "float32", dims: [rows, width], data: Float32Array.from(values) };
}
