import type { GivenAnswers } from "@indicia/proof/answer-like";
import { decision, probabilities } from "@indicia/proof/scores";
import { margin } from "./uncertain.js";

/** Logits by which the reference must prefer its label: what a mark moves is far less, so a copy sides with it. */
const COPY_MARGIN = 1;

interface Shape {
  readonly classes: number;
  readonly link: "softmax" | "sigmoid";
}

interface PoolLogits {
  readonly logits: Float64Array;
  readonly shadows: readonly Float64Array[];
}

/**
 * Rows that tell a copy from a student: the reference is sure of them, its students least share that. Where too few
 * are sure ones, the surest of the others follow.
 *
 * @param rows in the pool
 */
export function tellingRows(pool: PoolLogits, rows: number, shape: Shape, count: number): number[] {
  const { classes: m } = shape;
  // Labels are compared, so what counts is the gap to the second label, also where each class has a sigmoid.
  const between = m === 1 ? "sigmoid" : "softmax";
  const all = Array.from({ length: rows }, (_, row) => {
    const gap = margin(pool.logits, row, m, between);
    return { row, gap, shared: sharedBelief(pool, row, shape) };
  });
  const sure = all
    .filter(({ gap }) => gap >= COPY_MARGIN)
    .sort((a, b) => a.shared - b.shared || a.row - b.row);
  const unsure = all.filter(({ gap }) => gap < COPY_MARGIN).sort((a, b) => b.gap - a.gap || a.row - b.row);
  return [...sure, ...unsure].slice(0, count).map(({ row }) => row);
}

/** Mean probability over the shadows of the reference's label. */
function sharedBelief({ logits, shadows }: PoolLogits, row: number, { classes: m, link }: Shape): number {
  const label = decision(logits, row, m);
  let sum = 0;
  for (const reference of shadows) {
    const p = probabilities({ classes: m, reference, link }, row);
    sum += m === 1 && label === 0 ? 1 - (p[0] ?? 0) : (p[m === 1 ? 0 : label] ?? 0);
  }
  return sum / shadows.length;
}

/**
 * Labels of learning probes, as they are sealed.
 *
 * @param reference labels of the reference, length n
 * @returns the reference's, then the suspect's, -1 where lost
 */
export function choiceLabels(reference: Int32Array, answers: GivenAnswers, classes: number): Int32Array {
  const theirs = answers.labels ?? labelsOf(answers.vectors, reference.length, classes);
  const out = new Int32Array(2 * reference.length).fill(-1);
  out.set(reference);
  out.set(theirs, reference.length);
  return out;
}

function labelsOf(vectors: GivenAnswers["vectors"], n: number, m: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => {
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < m; c++) {
      const value = vectors?.values[i * m + c] ?? Number.NaN;
      if (value > most) [best, most] = [c, value];
    }
    if (m > 1 || best < 0) return best;
    return most > (vectors?.scale === "logits" ? 0 : 0.5) ? 1 : 0;
  });
}
