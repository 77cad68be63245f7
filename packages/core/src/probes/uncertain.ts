import { uncertainty } from "../marks/readout/uncertainty.js";

/**
 * Distance of a row from the reference's nearest decision: the gap between its two largest logits, or for sigmoid
 * outputs the smallest |z|.
 *
 * @param logits row-major [n, m]
 */
export function margin(
  logits: Float64Array,
  row: number,
  classes: number,
  link: "softmax" | "sigmoid",
): number {
  if (link === "sigmoid") {
    let least = Number.POSITIVE_INFINITY;
    for (let c = 0; c < classes; c++) least = Math.min(least, Math.abs(logits[row * classes + c] ?? 0));
    return least;
  }
  let first = Number.NEGATIVE_INFINITY;
  let second = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < classes; c++) {
    const z = logits[row * classes + c] ?? 0;
    if (z > first) {
      second = first;
      first = z;
    } else if (z > second) second = z;
  }
  return first - second;
}

/** Rows in the order in which the reference is least sure of them; equal ones in their own order. */
export function mostUncertain(
  logits: Float64Array,
  rows: number,
  classes: number,
  link: "softmax" | "sigmoid",
): number[] {
  const margins = Array.from({ length: rows }, (_, row) => margin(logits, row, classes, link));
  return margins
    .map((gap, row) => ({ gap, row }))
    .sort((a, b) => a.gap - b.gap || a.row - b.row)
    .map(({ row }) => row);
}

/**
 * Rows in the order in which the reference's probabilities are most spread over classes: where a tilt of its logits shows
 * most in what it answers, and so where most of it was there for a student to learn. Equal ones in their own order.
 */
export function mostSpread(logits: Float64Array, classes: number, link: "softmax" | "sigmoid"): number[] {
  return [...uncertainty(logits, classes, link).entries()]
    .sort(([i, a], [j, b]) => b - a || i - j)
    .map(([row]) => row);
}
