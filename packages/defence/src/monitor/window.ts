import { type Basis, coordinates, principalBasis } from "@indicia/core/marks/readout/basis";
import { type RandomNumbers, randomNumbers } from "@indicia/data/random-numbers";
import { DefenceError } from "../error.js";
import { mixedDown } from "./mixing.js";
import { fitTexture, restsOf, type Texture } from "./texture.js";

/** Rows that say what honest traffic looks like, fewer than which say too little. */
export const FEWEST_FIT_ROWS = 200;
/** Principal directions kept: on real classifiers the rest is noise, and each costs time at every query. */
const DIRECTIONS = 24;
/** Random frequencies, each with its cosine and its sine (A. Rahimi and B. Recht, 2007). */
const FREQUENCIES = 32;
/** Numbers of a row's embedding. */
export const EMBEDDED: number = 2 * FREQUENCIES;
/** Cells that cover the benign rows. */
export const CELLS = 64;
/** Coordinates beyond this many deviations say no more than that they are far out. */
const FURTHEST = 8;
/** Share of benign rows that count as outside, and as near a decision, within their class. */
export const OUTSIDE_SHARE = 0.05;
export const LOW_SHARE = 0.1;
/** A class is judged by its own rows once there are so many; rarer ones by everybody's. */
const ENOUGH_OF_CLASS = 40;
/** Rows at which a class's mean counts as much as everybody's mean. */
const SHRINKAGE = 20;
/** Pairs from which the scale of the kernel is told. */
const PAIRS = 1000;

/** Rows as the model saw and answered them. */
export interface ObservedRows {
  readonly rows: number;
  /** Penultimate features or, without them, inputs: row-major [rows, width]. */
  readonly values: Float64Array;
  readonly width: number;
  /** All numbers of each row's inputs, [rows, any width], or null where they are not at hand. */
  readonly inputs: Float64Array | null;
  /** Predicted class of each. */
  readonly classes: Int32Array;
  /** Gap between the two best scores of each, on one scale throughout. */
  readonly margins: Float64Array;
}

/** What honest traffic looks like; learnt from benign rows alone. */
export interface Window {
  readonly width: number;
  readonly classes: number;
  /** Seed of the mixing of wide rows and of the kernel's frequencies. */
  readonly seed: number;
  readonly basis: Basis;
  /** Mean and deviation of the logarithm of what the basis leaves of a row. */
  readonly rest: { readonly mean: number; readonly deviation: number };
  /** Coordinates of a row: those of the basis and the rest. */
  readonly dimensions: number;
  /** Row-major [FREQUENCIES, dimensions]. */
  readonly frequencies: Float64Array;
  /** Mean embedding of each class, row-major [classes, EMBEDDED]. */
  readonly means: Float64Array;
  /** Mean coordinates of each class, row-major [classes, dimensions]. */
  readonly centres: Float64Array;
  /** Squared distance from the centre beyond which a row is outside, and margin below which it is low, by class. */
  readonly furthest: Float64Array;
  readonly lowest: Float64Array;
  /** Row-major [CELLS, dimensions]. */
  readonly cells: Float64Array;
  readonly texture: Texture | null;
}

/**
 * Learn what honest traffic looks like.
 *
 * @throws DefenceError ROWS_TOO_FEW, ROWS_SHAPE; CoreError FEATURES_DEGENERATE where the rows do not vary
 */
export async function fitWindow(benign: ObservedRows, classes: number, seed: number): Promise<Window> {
  const { rows, values, width } = benign;
  if (rows < FEWEST_FIT_ROWS)
    throw new DefenceError(
      "ROWS_TOO_FEW",
      `${rows} benign rows, of ${FEWEST_FIT_ROWS} at least`,
      "Give more of what honest clients ask.",
    );
  if (values.length !== rows * width)
    throw new DefenceError(
      "ROWS_SHAPE",
      `${values.length} numbers for ${rows} rows of ${width}`,
      "Give as many numbers for each row.",
    );
  const narrow = mixedDown(values, rows, width, seed);
  const basis = await principalBasis(narrow.values, rows, {
    features: narrow.width,
    dimensions: Math.min(DIRECTIONS, narrow.width, Math.floor(rows / 8)),
    throughOrigin: false,
  });
  const rests = restsOf(basis, narrow.values, rows);
  const rest = { mean: meanOf(rests), deviation: Math.max(1e-9, deviationOf(rests)) };
  const dimensions = basis.dimensions + 1;
  const points = pointsOf({ width, seed, basis, rest, dimensions }, benign);
  const numbers = randomNumbers(`monitor window/${seed}`);
  const scale = kernelScale(points, rows, dimensions, numbers);
  const frequencies = Float64Array.from({ length: FREQUENCIES * dimensions }, () => numbers.normal() / scale);
  const centres = classMeans(points, dimensions, benign, classes);
  const embedded = embeddings(frequencies, points, rows, dimensions);
  const means = classMeans(embedded, EMBEDDED, benign, classes);
  const cells = new Float64Array(CELLS * dimensions);
  for (let c = 0; c < CELLS; c++) {
    const row = numbers.below(rows);
    cells.set(points.subarray(row * dimensions, (row + 1) * dimensions), c * dimensions);
  }
  const distances = Float64Array.from({ length: rows }, (_, i) =>
    squaredDistance(points, i * dimensions, centres, (benign.classes[i] ?? 0) * dimensions, dimensions),
  );
  return {
    width,
    classes,
    seed,
    basis,
    rest,
    dimensions,
    frequencies,
    means,
    centres,
    furthest: classQuantiles(distances, benign, classes, 1 - OUTSIDE_SHARE),
    lowest: classQuantiles(benign.margins, benign, classes, LOW_SHARE),
    cells,
    texture: await fitTexture(benign, classes),
  };
}

/** Coordinates of rows: whitened principal ones, and how much of a row lies outside them; [rows, dimensions]. */
export function pointsOf(
  window: Pick<Window, "width" | "seed" | "basis" | "rest" | "dimensions">,
  { rows, values }: Pick<ObservedRows, "rows" | "values">,
): Float64Array {
  const { basis, rest, dimensions } = window;
  const narrow = mixedDown(values, rows, window.width, window.seed);
  const phi = coordinates(basis, narrow.values, rows);
  const rests = restsOf(basis, narrow.values, rows);
  const points = new Float64Array(rows * dimensions);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < basis.dimensions; j++)
      points[i * dimensions + j] = clamped(phi[i * basis.dimensions + j] ?? 0);
    points[(i + 1) * dimensions - 1] = clamped(((rests[i] ?? 0) - rest.mean) / rest.deviation);
  }
  return points;
}

/** Random Fourier features of points: their inner products are a Gaussian kernel's; [rows, EMBEDDED]. */
function embeddings(
  frequencies: Float64Array,
  points: Float64Array,
  rows: number,
  dimensions: number,
): Float64Array {
  const out = new Float64Array(rows * EMBEDDED);
  const unit = Math.sqrt(1 / FREQUENCIES);
  for (let i = 0; i < rows; i++) {
    for (let f = 0; f < FREQUENCIES; f++) {
      let phase = 0;
      for (let j = 0; j < dimensions; j++)
        phase += (frequencies[f * dimensions + j] ?? 0) * (points[i * dimensions + j] ?? 0);
      out[i * EMBEDDED + 2 * f] = unit * Math.cos(phase);
      out[i * EMBEDDED + 2 * f + 1] = unit * Math.sin(phase);
    }
  }
  return out;
}

/**
 * How far rows are from what is usual in their predicted class: their embedding less the mean one of the class. The squared
 * length of an account's mean is its maximum mean discrepancy from honest traffic of the same predictions (A. Gretton et
 * al., "A Kernel Two-Sample Test", 2012).
 *
 * @returns row-major [rows, EMBEDDED]
 */
export function driftsOf(window: Window, points: Float64Array, classes: Int32Array): Float32Array {
  const rows = classes.length;
  const embedded = embeddings(window.frequencies, points, rows, window.dimensions);
  return Float32Array.from(embedded, (value, at) => {
    const c = classes[Math.floor(at / EMBEDDED)] ?? 0;
    return value - (window.means[c * EMBEDDED + (at % EMBEDDED)] ?? 0);
  });
}

export function squaredDistance(
  a: Float64Array | Float32Array,
  atA: number,
  b: Float64Array | Float32Array,
  atB: number,
  dimensions: number,
): number {
  let sum = 0;
  for (let j = 0; j < dimensions; j++) sum += ((a[atA + j] ?? 0) - (b[atB + j] ?? 0)) ** 2;
  return sum;
}

function clamped(value: number): number {
  return Math.max(-FURTHEST, Math.min(FURTHEST, value));
}

/** Median distance of two rows, the usual scale of a Gaussian kernel. */
function kernelScale(points: Float64Array, rows: number, dimensions: number, numbers: RandomNumbers): number {
  const distances = Float64Array.from({ length: PAIRS }, () =>
    Math.sqrt(
      squaredDistance(
        points,
        numbers.below(rows) * dimensions,
        points,
        numbers.below(rows) * dimensions,
        dimensions,
      ),
    ),
  ).sort();
  return Math.max(1e-9, distances[PAIRS >> 1] ?? 1);
}

/** Means of rows by class, drawn towards everybody's where a class has few. */
function classMeans(
  values: Float64Array,
  width: number,
  { rows, classes: of }: ObservedRows,
  classes: number,
): Float64Array {
  const all = new Float64Array(width);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < width; j++) all[j] = (all[j] ?? 0) + (values[i * width + j] ?? 0) / rows;
  const counts = new Float64Array(classes).fill(SHRINKAGE);
  const means = new Float64Array(classes * width);
  for (let c = 0; c < classes; c++)
    for (let j = 0; j < width; j++) means[c * width + j] = SHRINKAGE * (all[j] ?? 0);
  for (let i = 0; i < rows; i++) {
    const c = of[i] ?? 0;
    counts[c] = (counts[c] ?? 0) + 1;
    for (let j = 0; j < width; j++)
      means[c * width + j] = (means[c * width + j] ?? 0) + (values[i * width + j] ?? 0);
  }
  return means.map((sum, at) => sum / (counts[Math.floor(at / width)] ?? 1));
}

/** The quantile of a number within each class, everybody's where a class has few rows. */
function classQuantiles(
  values: Float64Array,
  { classes: of }: ObservedRows,
  classes: number,
  share: number,
): Float64Array {
  const quantile = (sorted: Float64Array): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const everybody = quantile(values.slice().sort());
  const ofClass = (c: number): Float64Array => values.filter((_, i) => of[i] === c);
  return Float64Array.from({ length: classes }, (_, c) => {
    const own = ofClass(c);
    return own.length < ENOUGH_OF_CLASS ? everybody : quantile(own.sort());
  });
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function deviationOf(values: Float64Array): number {
  const mean = meanOf(values);
  let sum = 0;
  for (const value of values) sum += (value - mean) ** 2;
  return Math.sqrt(sum / values.length);
}
