import type { RegisteredReadout } from "@indicia/evidence/registration-format";
import { elementCount, type Tensor, toFloat64, type ValueInfo } from "@indicia/onnx/tensor";
import { runModel } from "@indicia/runtime/run-model";
import { openSession, type Session } from "@indicia/runtime/session";
import { CoreError } from "../../error.js";
import { signalOption } from "../../signal-option.js";

/** What a model computes on the way to its answer, per row. */
export interface Features {
  /** Penultimate features h, row-major [n, d]. */
  readonly features: Float64Array;
  /** Logits z, row-major [n, m]. */
  readonly logits: Float64Array;
  /** The model's own output for the same rows, row-major [n, m]. */
  readonly outputs: Float64Array;
}

/** The parts of a read-out that say where to look. */
export type ReadoutTaps = Pick<
  RegisteredReadout,
  "feature" | "logits" | "output" | "pooling" | "features" | "classes"
>;

interface InputTensors {
  readonly rows: number;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

interface ReadOptions {
  /** Default 2. */
  readonly threads?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface FeatureReader {
  readonly inputs: readonly ValueInfo[];
  read(rows: InputTensors): Promise<Features>;
  close(): Promise<void>;
}

/** Rows per run of the model. Measured on real classifiers: larger batches fall out of the cache and are slower. */
const BATCH = 8;
/** Runs that repay prepacking; measured on a chain of large matrices, 35 to 60 of them. */
const PREPACK_RUNS = 48;

/**
 * A model opened to be asked for its features and logits many times.
 *
 * @throws CoreError FEATURES_SHAPE where the taps do not have d and m numbers per row
 */
export async function openFeatures(
  model: string | Uint8Array,
  taps: ReadoutTaps,
  options: ReadOptions = {},
): Promise<FeatureReader> {
  const session = await openSession(model, { taps: tapsOf(taps), threads: options.threads ?? 2 });
  return featureReader(session, taps, options);
}

/** Values inside the graph that reading features asks for beside the output. */
export function tapsOf(taps: Pick<ReadoutTaps, "feature" | "logits" | "output">): string[] {
  return [...new Set([taps.feature, taps.logits])].filter((name) => name !== taps.output);
}

/** {@link openFeatures} of a model that somebody opened already, with the values of {@link tapsOf} among its outputs. */
export function featureReader(
  session: Pick<Session, "inputs" | "runRows" | "close">,
  taps: ReadoutTaps,
  options: Omit<ReadOptions, "threads"> = {},
): FeatureReader {
  return {
    inputs: session.inputs,
    read: async ({ rows, tensors }) => {
      const wanted = wantedOf(taps);
      const outputs = await session.runRows(tensors, {
        batch: BATCH,
        outputs: wanted,
        ...progressOf(options),
      });
      return featuresOf(outputs, taps, rows);
    },
    close: () => session.close(),
  };
}

/**
 * Logits alone, row-major [n, m].
 *
 * @throws CoreError FEATURES_SHAPE where there are not m numbers per row
 */
export async function readLogits(
  model: string | Uint8Array,
  taps: ReadoutTaps,
  { rows, tensors }: InputTensors,
  options: ReadOptions = {},
): Promise<Float64Array> {
  const outputs = await runModel(model, tensors, {
    outputs: [taps.logits],
    batch: BATCH,
    threads: options.threads ?? 2,
    prepack: worthPrepacking(rows),
    ...progressOf(options),
  });
  return perRow(outputs[taps.logits], rows, taps.classes, false, taps.logits);
}

/** Whether so many rows repay the time it takes to rearrange a large model's weights. */
export function worthPrepacking(rows: number): boolean {
  return rows > PREPACK_RUNS * BATCH;
}

/** {@link openFeatures} for a single set of rows. */
export async function readFeatures(
  model: string | Uint8Array,
  taps: ReadoutTaps,
  rows: InputTensors,
  options: ReadOptions = {},
): Promise<Features> {
  const outputs = await runModel(model, rows.tensors, {
    outputs: wantedOf(taps),
    batch: BATCH,
    threads: options.threads ?? 2,
    ...progressOf(options),
  });
  return featuresOf(outputs, taps, rows.rows);
}

function wantedOf(taps: ReadoutTaps): string[] {
  return [...new Set([taps.feature, taps.logits, taps.output])];
}

function featuresOf(outputs: Readonly<Record<string, Tensor>>, taps: ReadoutTaps, rows: number): Features {
  return {
    features: perRow(outputs[taps.feature], rows, taps.features, taps.pooling === "mean", taps.feature),
    logits: perRow(outputs[taps.logits], rows, taps.classes, false, taps.logits),
    outputs: perRow(outputs[taps.output], rows, taps.classes, false, taps.output),
  };
}

function progressOf({ onProgress, signal }: ReadOptions): Pick<ReadOptions, "onProgress" | "signal"> {
  return { ...(onProgress === undefined ? {} : { onProgress }), ...signalOption(signal) };
}

function perRow(
  tensor: Tensor | undefined,
  rows: number,
  width: number,
  pool: boolean,
  name: string,
): Float64Array {
  const count = tensor === undefined ? 0 : elementCount(tensor.dims);
  const positions = count / (rows * width);
  if (tensor === undefined || !Number.isInteger(positions) || positions < 1 || (!pool && positions !== 1)) {
    throw new CoreError(
      "FEATURES_SHAPE",
      `"${name}" has ${count} numbers for ${rows} rows where ${width} per row were expected`,
      "The model answers per position rather than per input; its weight mark still works (--readout off).",
    );
  }
  const values = toFloat64(tensor);
  if (positions === 1) return values;
  // [n, d, positions]: a 1x1 convolution commutes with the mean over positions.
  const pooled = new Float64Array(rows * width);
  for (let i = 0; i < pooled.length; i++) {
    let sum = 0;
    for (let p = 0; p < positions; p++) sum += values[i * positions + p] ?? 0;
    pooled[i] = sum / positions;
  }
  return pooled;
}
