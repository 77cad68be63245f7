import type { AnswerTable } from "./answer-residual.js";
import { decision, probabilities } from "./scores.js";

/** The answers of a table, in either of their two forms. */
export type GivenAnswers = Pick<AnswerTable, "vectors" | "labels">;

/** What a table says of how its suspect answers. */
type Window = Pick<AnswerTable, "probes" | "classes" | "link" | "vectors" | "labels" | "decimals">;

/**
 * What a model with these logits would have answered through the suspect's window: as vectors or labels, rounded
 * alike, and only its own `topK` best classes.
 *
 * @param logits row-major [n, m]
 * @param topK classes shown per answer, or null for all
 */
export function answerLike(table: Window, logits: Float64Array, topK: number | null): GivenAnswers {
  const { classes: m } = table;
  return answered(table, logits, (row) => {
    const order = [...row.keys()].sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0));
    const shown = new Set(order.slice(0, topK ?? m));
    return (c) => shown.has(c);
  });
}

/**
 * What a model with these logits would have answered to the very cells that the suspect answered: where it kept a
 * class back or lost a probe, there is nothing to compare with either.
 *
 * @param logits row-major [n, m]
 */
export function answerLikeSuspect(table: Window, logits: Float64Array): GivenAnswers {
  const { classes: m, vectors, labels } = table;
  const like = answered(table, logits, (_, i) => (c) => {
    return Number.isFinite(vectors?.values[i * m + c] ?? Number.NaN);
  });
  if (labels === null || like.labels === null) return like;
  return { vectors: null, labels: like.labels.map((label, i) => ((labels[i] ?? -1) < 0 ? -1 : label)) };
}

function answered(
  { probes: n, classes: m, link, vectors, decimals }: Window,
  logits: Float64Array,
  visible: (row: Float64Array, probe: number) => (classIndex: number) => boolean,
): GivenAnswers {
  if (vectors === null)
    return { vectors: null, labels: Int32Array.from({ length: n }, (_, i) => decision(logits, i, m)) };
  const values = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    const row =
      vectors.scale === "logits"
        ? logits.subarray(i * m, (i + 1) * m)
        : probabilities({ classes: m, reference: logits, link }, i);
    const shows = visible(row, i);
    for (let c = 0; c < m; c++) values[i * m + c] = shows(c) ? rounded(row[c] ?? 0, decimals) : Number.NaN;
  }
  return { vectors: { scale: vectors.scale, values }, labels: null };
}

/** Most decimals that `toFixed` is asked for; a double has no more. */
const MOST_DECIMALS = 15;

function rounded(value: number, decimals: number | null): number {
  return decimals === null ? Math.fround(value) : Number(value.toFixed(Math.min(decimals, MOST_DECIMALS)));
}
