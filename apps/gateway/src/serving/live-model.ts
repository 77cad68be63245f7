import type { FeatureReader } from "@indicia/core/marks/readout/features";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import type { Session } from "@indicia/runtime/session";
import type { Scores, ServedModel } from "../defences/defence.js";

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
  /** Whether it makes sense to ask it now; missing where it always does. */
  ready?(): boolean;
  /**
   * @param outputs of those that are served
   * @throws Error with a code INPUT_* for what the model does not take
   */
  run(feeds: Readonly<Record<string, Tensor>>, rows: number, outputs: readonly string[]): Promise<Computed>;
  close(): Promise<void>;
}

/** What runs many rows. */
export type RowRunner = Pick<Session, "inputs" | "outputs" | "runRows" | "close"> & Readiness;

/** What reads a classifier, with whether it makes sense to ask it now. */
export type ModelReader = FeatureReader & Readiness;

interface Readiness {
  readonly ready?: () => boolean;
}

/** A model whose outputs are served as they are: no defence sees them as scores. */
export function plainModel(name: string, version: string, session: RowRunner): LiveModel {
  return {
    name,
    version,
    inputs: session.inputs,
    outputs: session.outputs,
    features: false,
    scores: null,
    ready: () => session.ready?.() ?? true,
    run: async (feeds, _, outputs) => ({ outputs: await session.runRows(feeds, { outputs }), scores: null }),
    close: () => session.close(),
  };
}

/** A classifier of which only the scores are served: what no defence works on would give away what it hides. */
export function classifier(options: {
  readonly name: string;
  readonly version: string;
  readonly scores: Scores;
  readonly reader: ModelReader;
  /** Whether the reader reads features, default true. */
  readonly features?: boolean;
}): LiveModel {
  const { name, version, reader, features: hasFeatures = true } = options;
  const { output, classes, tail } = options.scores;
  const scores: Scores = { output, classes, tail };
  return {
    name,
    version,
    inputs: reader.inputs,
    outputs: [scoresOutput(scores)],
    features: hasFeatures,
    scores,
    ready: () => reader.ready?.() ?? true,
    run: async (tensors, rows) => {
      const { outputs, logits, features } = await reader.read({ rows, tensors });
      return { outputs: {}, scores: { values: outputs, logits, features: hasFeatures ? features : null } };
    },
    close: () => reader.close(),
  };
}

/** How an output of scores is declared. */
export function scoresOutput({ output, classes }: Scores): ValueInfo {
  return { name: output, type: "float32", dims: [null, classes] };
}

/** Scores as they are sent. @param values [rows, classes] */
export function scoresTensor(values: Float64Array, rows: number): Tensor {
  return { type: "float32", dims: [rows, values.length / rows], data: Float32Array.from(values) };
}
