import { type FeatureReader, type Features, openFeatures } from "@indicia/core/marks/readout/features";
import { findReadout } from "@indicia/core/marks/readout/find";
import { calibrate } from "@indicia/defence/monitor/calibrate";
import type { Calibration, Space } from "@indicia/defence/monitor/calibration";
import { decodeCalibration, encodeCalibration } from "@indicia/defence/monitor/calibration-file";
import { DefenceError } from "@indicia/defence/error";
import { readIfThere } from "@indicia/evidence/query-index-file";
import { writeDurably } from "@indicia/evidence/durable-file";
import { openModel } from "@indicia/onnx/open";
import type { Tensor } from "@indicia/onnx/tensor";
import { observedRows } from "./observed-rows.js";

/** Rows an hour of the slowest honest account that is simulated. */
const SLOWEST = 10;

export interface CalibrateModelOptions {
  /** Path of the .onnx file that is served. */
  readonly model: string;
  /** Benign rows in random order, such as the gateway's log of a quiet time or the owner's test data. */
  readonly rows: Readonly<Record<string, Tensor>>;
  /** Which source each row comes from, such as a client, where rows of one are alike. */
  readonly sources?: Int32Array;
  /** JSON file to be written. */
  readonly out: string;
  /** Default features, where the model has a read-out. */
  readonly space?: Space;
  /** Queries in a period, and the chance that an honest account is flagged in one, by itself and by its pool each. */
  readonly horizon?: number;
  readonly level?: number;
  /** Rows an hour that the busiest honest account asks; without it the volume of an account counts for nothing. */
  readonly busiest?: number;
  readonly say?: (line: string) => void;
}

/** What a calibration says of itself. */
export interface CalibrationSummary {
  readonly space: Space;
  readonly rows: number;
  readonly horizon: number;
  /** Stated false-alarm rate of an honest account in a period, own score and pool together. */
  readonly falseAlarms: number;
  /** Rows an hour of the busiest honest account, or null where the volume counts for nothing. */
  readonly busiest: number | null;
}

/**
 * Calibrate the monitor for a model on benign rows, and write what it goes by.
 *
 * @throws DefenceError ROWS_TOO_FEW, ROWS_SHAPE, OPTIONS_INVALID; CoreError, RuntimeError of the model
 */
export async function calibrateModel(options: CalibrateModelOptions): Promise<CalibrationSummary> {
  const { model, rows: tensors, out, space = "features", horizon, level, busiest, say } = options;
  const opened = openModel(model);
  const readout = findReadout(opened);
  opened.close();
  if ("refusal" in readout)
    throw new DefenceError(
      "ROWS_SHAPE",
      `no class scores are found: ${readout.refusal}`,
      "Watch a classifier.",
    );
  const rows = Object.values(tensors)[0]?.dims[0] ?? 0;
  say?.(`asking the model about ${rows} rows`);
  const reader = await openFeatures(model, readout);
  const read = await readAndClose(reader, rows, tensors);
  const { classes } = readout;
  const observed = observedRows(space, tensors, {
    rows,
    classes,
    values: read.logits,
    scale: "logits",
    logits: read.logits,
    features: read.features,
  });
  if (observed === null)
    throw new DefenceError("ROWS_SHAPE", "the inputs are no numbers", "Watch features instead.");
  const calibration = await calibrate(observed, {
    classes,
    space,
    ...(options.sources === undefined ? {} : { sources: options.sources }),
    ...(horizon === undefined ? {} : { horizon }),
    ...(level === undefined ? {} : { level }),
    ...(busiest === undefined ? {} : { rates: { slowest: Math.min(SLOWEST, busiest), busiest } }),
    ...(say === undefined ? {} : { say }),
  });
  await writeDurably(out, encodeCalibration(calibration));
  return {
    space,
    rows,
    horizon: calibration.horizon,
    falseAlarms: calibration.level + calibration.pooled.level,
    busiest: calibration.rates?.busiest ?? null,
  };
}

async function readAndClose(
  reader: FeatureReader,
  rows: number,
  tensors: Readonly<Record<string, Tensor>>,
): Promise<Features> {
  try {
    return await reader.read({ rows, tensors });
  } finally {
    await reader.close();
  }
}

/** @throws DefenceError CALIBRATION_MISSING, CALIBRATION_INVALID */
export async function readCalibration(path: string): Promise<Calibration> {
  const bytes = await readIfThere(path);
  if (bytes !== null) return decodeCalibration(bytes);
  throw new DefenceError(
    "CALIBRATION_MISSING",
    `there is no calibration of the monitor at ${path}`,
    "Make it with `indicia gateway calibrate`.",
  );
}
