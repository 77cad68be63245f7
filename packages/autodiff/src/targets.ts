import { AutodiffError } from "./error.js";

/** What the model is to answer, row by row. */
export type Targets =
  /** Class of every row; smoothing gives each other class an equal share of it. Cross-entropy. */
  | { readonly kind: "labels"; readonly labels: ArrayLike<number>; readonly smoothing?: number }
  /**
   * A teacher's probabilities [rows, classes]: divergence of the model's from them, both at a temperature (default 1),
   * times its square (G. Hinton and others, "Distilling the Knowledge in a Neural Network", 2015, section 2).
   */
  | { readonly kind: "probabilities"; readonly values: ArrayLike<number>; readonly temperature?: number }
  /** The same from a teacher's logits. */
  | { readonly kind: "logits"; readonly values: ArrayLike<number>; readonly temperature?: number }
  /** Independent yes-or-no targets in [0, 1], of the output's shape: binary cross-entropy, averaged. */
  | { readonly kind: "binary"; readonly values: ArrayLike<number> }
  /** Numbers of the output's shape: mean squared error. */
  | { readonly kind: "squares"; readonly values: ArrayLike<number> };

/** Targets as the loss takes them. */
export interface TargetRows {
  /** [rows, width] */
  readonly values: Float32Array;
  readonly width: number;
  /** Least loss that a row can have, to be taken off what is told. */
  readonly floors: Float64Array;
}

/** Below this a probability is taken for this: its logarithm is asked for at other temperatures. */
const LEAST = 1e-12;

/**
 * @param width numbers that the model answers per row
 * @throws AutodiffError DATA_SHAPE
 */
export function targetRows(targets: Targets, rows: number, width: number): TargetRows {
  const given = targets.kind === "labels" ? targets.labels.length : targets.values.length;
  const wanted = targets.kind === "labels" ? rows : rows * width;
  if (given !== wanted) {
    throw new AutodiffError(
      "DATA_SHAPE",
      `${given} ${targets.kind} for ${rows} rows of ${width} outputs`,
      `Give ${wanted}.`,
    );
  }
  if (targets.kind === "labels") return oneHot(targets.labels, targets.smoothing ?? 0, width);
  if (targets.kind === "binary" || targets.kind === "squares") {
    const values = Float32Array.from(targets.values);
    checkNumbers(values, targets.kind === "binary");
    return { values, width, floors: new Float64Array(rows) };
  }
  return distributions(targets, rows, width);
}

function oneHot(labels: ArrayLike<number>, smoothing: number, width: number): TargetRows {
  const rows = labels.length;
  const rest = width > 1 ? smoothing / (width - 1) : 0;
  const values = new Float32Array(rows * width).fill(rest);
  for (let i = 0; i < rows; i++) {
    const label = labels[i] ?? -1;
    if (!(Number.isInteger(label) && label >= 0 && label < width)) {
      throw new AutodiffError(
        "DATA_SHAPE",
        `row ${i} has the label ${label}`,
        `The model knows the labels 0 to ${width - 1}.`,
      );
    }
    values[i * width + label] = 1 - smoothing;
  }
  return { values, width, floors: entropies(values, width, 1) };
}

function distributions(
  targets: Extract<Targets, { kind: "probabilities" | "logits" }>,
  rows: number,
  width: number,
): TargetRows {
  const { temperature = 1 } = targets;
  const values = Float32Array.from(targets.values);
  checkNumbers(values, targets.kind === "probabilities");
  // Probabilities at their own temperature stay as they are, zeros included.
  const asked = targets.kind === "logits" || temperature !== 1 ? rows : 0;
  for (let i = 0; i < asked; i++) {
    const row = values.subarray(i * width, (i + 1) * width);
    if (targets.kind === "probabilities")
      for (const [j, p] of row.entries()) row[j] = Math.log(Math.max(p, LEAST));
    softmaxInPlace(row, temperature);
  }
  return { values, width, floors: entropies(values, width, temperature ** 2) };
}

/** Turn logits into probabilities at a temperature. */
export function softmaxInPlace(row: Float32Array | Float64Array, temperature = 1): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (const z of row) largest = Math.max(largest, z);
  let sum = 0;
  for (let j = 0; j < row.length; j++) {
    const e = Math.exp(((row[j] ?? 0) - largest) / temperature);
    row[j] = e;
    sum += e;
  }
  for (let j = 0; j < row.length; j++) row[j] = (row[j] ?? 0) / sum;
}

function entropies(values: Float32Array, width: number, factor: number): Float64Array {
  const floors = new Float64Array(width === 0 ? 0 : values.length / width);
  for (let i = 0; i < values.length; i++) {
    const p = values[i] ?? 0;
    if (p > 0)
      floors[Math.floor(i / width)] = (floors[Math.floor(i / width)] ?? 0) - factor * p * Math.log(p);
  }
  return floors;
}

function checkNumbers(values: Float32Array, shares: boolean): void {
  const wrong = values.findIndex((x) => !Number.isFinite(x) || (shares && (x < 0 || x > 1 + 1e-5)));
  if (wrong === -1) return;
  throw new AutodiffError(
    "DATA_SHAPE",
    `target ${wrong} is ${values[wrong]}`,
    shares ? "Probabilities lie between 0 and 1." : "Targets must be finite numbers.",
  );
}
