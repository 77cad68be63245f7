import type { AnswerTable } from "./answer-residual.js";
import { probabilities } from "./scores.js";

/** Decimals from which small probabilities are told apart well enough to be drawn out by a fourth root. */
const FINE_DECIMALS = 2;

/**
 * Rows of the score of a tilt: with f(p) = p^a and q the reference's probabilities, A^T (f(p) - f(q)), where
 * A = df/dz = a (diag(q^a) - q^a q^T) says how a change of the logits shows there. At a = 1/2 that is, to first order,
 * the score of the multinomial likelihood (C. R. Rao, "Large sample tests of statistical hypotheses", 1948) on a scale
 * of constant variance; a = 1/4 gives the small probabilities of a student more weight, who knows them surprisingly well.
 *
 * The reference's probabilities are rounded as the suspect's are. Classes that were kept back count as no difference.
 * A sigmoid is a softmax over two classes.
 *
 * @returns row-major [count, m]
 */
export function scoreRows(table: AnswerTable, count: number): Float64Array {
  const { classes: m, vectors, link } = table;
  if (vectors === null) throw new RangeError("labels have no score of vectors");
  const a = table.decimals !== null && table.decimals < FINE_DECIMALS ? 0.5 : 0.25;
  const rows = new Float64Array(count * m);
  for (let i = 0; i < count; i++) {
    const q = probabilities(table, i);
    const p = suspectProbabilities(table, vectors, i);
    const difference = (theirs: number, ours: number): number =>
      Math.max(theirs, 0) ** a - rounded(ours, vectors.scale, table.decimals) ** a;
    if (link === "sigmoid") {
      for (let c = 0; c < m; c++) {
        const [x, y] = [p[c] ?? Number.NaN, q[c] ?? 0];
        if (!Number.isFinite(x)) continue;
        const up = y ** a * (1 - y) * difference(x, y);
        const down = (1 - y) ** a * y * difference(1 - x, 1 - y);
        rows[i * m + c] = a * (up - down);
      }
      continue;
    }
    let pull = 0;
    for (let c = 0; c < m; c++) {
      const [x, y] = [p[c] ?? Number.NaN, q[c] ?? 0];
      const own = Number.isFinite(x) ? y ** a * difference(x, y) : 0;
      rows[i * m + c] = a * own;
      pull += own;
    }
    for (let c = 0; c < m; c++) rows[i * m + c] = (rows[i * m + c] ?? 0) - a * (q[c] ?? 0) * pull;
  }
  return rows;
}

/** Logits become probabilities where all of them were shown. */
function suspectProbabilities(
  { classes: m, link }: AnswerTable,
  { scale, values }: NonNullable<AnswerTable["vectors"]>,
  row: number,
): Float64Array {
  const shown = values.subarray(row * m, (row + 1) * m);
  if (scale === "probabilities") return shown;
  if (link === "softmax" && !shown.every(Number.isFinite)) return new Float64Array(m).fill(Number.NaN);
  return probabilities({ classes: m, reference: shown, link }, 0);
}

function rounded(p: number, scale: "logits" | "probabilities", decimals: number | null): number {
  if (scale === "logits" || decimals === null) return p;
  const unit = 10 ** decimals;
  return Math.round(p * unit) / unit;
}
