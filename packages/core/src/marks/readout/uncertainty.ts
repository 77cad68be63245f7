import { probabilities } from "@indicia/proof/scores";

/** What a row weighs of which the model is sure, as a share of the mean: every feature keeps some variance. */
const SURE = 0.25;

/**
 * How much each row tells of a tilt of the logits: the trace of the Fisher information diag(p) - p p^T of its softmax,
 * 1 - sum p^2, and for a sigmoid each the sum of p (1 - p). What a student inherits of a tilt, and what labels it
 * changes, happens where this is large; a basis that is white under these weights spreads the tilt evenly there.
 *
 * @param logits row-major [n, m]
 * @returns positive, length n
 */
export function uncertainty(
  logits: Float64Array,
  classes: number,
  link: "softmax" | "sigmoid",
): Float64Array {
  const n = logits.length / classes;
  const traces = Float64Array.from({ length: n }, (_, i) => {
    const p = probabilities({ classes, reference: logits, link }, i);
    return p.reduce((sum, x) => sum + x * (1 - x), 0);
  });
  const mean = traces.reduce((sum, trace) => sum + trace, 0) / n;
  return mean > 0 ? traces.map((trace) => trace + SURE * mean) : traces.fill(1);
}
