import type { AnswerTable } from "./answer-residual.js";

/** The reference's probabilities for one probe, length m. */
export function probabilities(
  table: Pick<AnswerTable, "classes" | "reference" | "link">,
  probe: number,
): Float64Array {
  const { classes: m, reference } = table;
  const out = new Float64Array(m);
  if (table.link === "sigmoid") {
    for (let c = 0; c < m; c++) out[c] = 1 / (1 + Math.exp(-(reference[probe * m + c] ?? 0)));
    return out;
  }
  let largest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < m; c++) largest = Math.max(largest, reference[probe * m + c] ?? 0);
  let sum = 0;
  for (let c = 0; c < m; c++) {
    const e = Math.exp((reference[probe * m + c] ?? 0) - largest);
    out[c] = e;
    sum += e;
  }
  for (let c = 0; c < m; c++) out[c] = (out[c] ?? 0) / sum;
  return out;
}

/** Index of the largest logit; for a single sigmoid output 1 where it is positive, else 0. */
export function decision(logits: Float64Array, row: number, classes: number): number {
  if (classes === 1) return (logits[row] ?? 0) > 0 ? 1 : 0;
  let best = 0;
  for (let c = 1; c < classes; c++) {
    if ((logits[row * classes + c] ?? 0) > (logits[row * classes + best] ?? 0)) best = c;
  }
  return best;
}
