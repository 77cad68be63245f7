import type { OnnxModel } from "@indicia/onnx/open";
import { elementCount, toFloat64 } from "@indicia/onnx/tensor";
import { decision, probabilities } from "@indicia/proof/scores";
import { proportionUpperBound } from "@indicia/proof/binomial";
import { runModel } from "@indicia/runtime/run-model";
import { CoreError } from "./error.js";
import { readFeatures, readLogits, worthPrepacking } from "./marks/readout/features.js";
import type { Readout } from "./marks/readout/find.js";
import type { InputRows } from "./registration.js";

/** Confidence of the bound on the share of labels changed. */
export const CONFIDENCE = 0.95;

/** What a mark changes in a model's answers to given inputs. */
export interface Distortion {
  readonly rows: number;
  readonly random: boolean;
  readonly labelsChanged: number;
  /** Upper bound of the share of labels changed, one-sided, Clopper and Pearson. */
  readonly labelsChangedUpper95: number;
  /** Mean total variation between the probabilities before and after; null where outputs are not probabilities. */
  readonly totalVariation: number | null;
}

/** What a model says of a set of rows. */
export interface Said {
  readonly rows: number;
  /** Numbers per row. */
  readonly width: number;
  /** Penultimate features, row-major [n, d]; empty where the model has no read-out or they were not asked for. */
  readonly features: Float64Array;
  /** Logits where there is a read-out, else the first output, row-major [n, width]. */
  readonly scores: Float64Array;
  readonly link: "softmax" | "sigmoid" | "unknown";
}

export interface ListenOptions {
  /** Leave the features out; a large model is opened faster that way. */
  readonly logitsOnly?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Run a model over rows and read what its labels are decided by. */
export async function listen(
  modelPath: string,
  model: OnnxModel,
  place: Readout | null,
  rows: InputRows,
  options: ListenOptions = {},
): Promise<Said> {
  const { logitsOnly, ...progress } = options;
  if (place !== null) {
    const { features, logits } =
      logitsOnly === true
        ? { features: new Float64Array(0), logits: await readLogits(modelPath, place, rows, progress) }
        : await readFeatures(modelPath, place, rows, progress);
    const link = place.tail === "sigmoid" ? "sigmoid" : "softmax";
    return { rows: rows.rows, width: place.classes, features, scores: logits, link };
  }
  const name = model.graph.outputs[0]?.name ?? "";
  const outputs = await runModel(modelPath, rows.tensors, {
    outputs: [name],
    batch: 8,
    threads: 2,
    prepack: worthPrepacking(rows.rows),
    ...progress,
  });
  const tensor = outputs[name];
  const width = tensor === undefined ? 0 : elementCount(tensor.dims) / rows.rows;
  if (tensor === undefined || !Number.isInteger(width) || width < 1) {
    throw new CoreError(
      "FEATURES_SHAPE",
      `output "${name}" has no equal share per row`,
      "Give calibration data in batches that the model accepts.",
    );
  }
  return {
    rows: rows.rows,
    width,
    features: new Float64Array(0),
    scores: toFloat64(tensor),
    link: "unknown",
  };
}

/**
 * Compare what two versions of a model say of the same rows. A row's label is its largest score; where outputs are
 * independent sigmoids it is the whole pattern of outputs above one half.
 */
export function distortionOf(before: Said, after: Said, random: boolean): Distortion {
  let labelsChanged = 0;
  let variation = 0;
  for (let i = 0; i < before.rows; i++) {
    if (changedLabel(before, after, i)) labelsChanged++;
    if (before.link !== "unknown") variation += totalVariation(before, after, i, before.link);
  }
  return {
    rows: before.rows,
    random,
    labelsChanged,
    labelsChangedUpper95: proportionUpperBound(labelsChanged, before.rows, CONFIDENCE),
    totalVariation: before.link === "unknown" ? null : variation / before.rows,
  };
}

/** Whether row i is decided otherwise after than before. */
export function changedLabel(before: Said, after: Said, i: number): boolean {
  if (before.link !== "sigmoid")
    return decision(before.scores, i, before.width) !== decision(after.scores, i, before.width);
  for (let c = 0; c < before.width; c++) {
    const at = i * before.width + c;
    if ((before.scores[at] ?? 0) > 0 !== (after.scores[at] ?? 0) > 0) return true;
  }
  return false;
}

function totalVariation(before: Said, after: Said, i: number, link: "softmax" | "sigmoid"): number {
  const p = probabilities({ classes: before.width, reference: before.scores, link }, i);
  const q = probabilities({ classes: after.width, reference: after.scores, link }, i);
  let sum = 0;
  for (let c = 0; c < before.width; c++) sum += Math.abs((p[c] ?? 0) - (q[c] ?? 0));
  return link === "softmax" ? sum / 2 : sum / before.width;
}

/**
 * How many labels may change so that the upper bound of the share stays within the budget. With too few rows even
 * none certifies it; then none may change, and the caller says so.
 */
export function labelAllowance(
  rows: number,
  budget: number,
): { readonly most: number; readonly certified: boolean } {
  let most = -1;
  while (most + 1 < rows && proportionUpperBound(most + 1, rows, CONFIDENCE) <= budget) most++;
  return { most: Math.max(most, 0), certified: most >= 0 };
}
