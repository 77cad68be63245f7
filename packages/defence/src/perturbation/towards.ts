/** Least lead of the largest probability that a perturbation leaves: float32 logits, too, still tell the two apart. */
const LEAD = 1e-4;

/** Index of the largest probability, the first of equals. */
export function topOf(probabilities: Float64Array): number {
  let best = 0;
  for (let c = 1; c < probabilities.length; c++)
    if ((probabilities[c] ?? 0) > (probabilities[best] ?? 0)) best = c;
  return best;
}

/** Whether a class leads all others, by so much that float32 logits tell it too. */
export function keepsTop(probabilities: Float64Array, top: number): boolean {
  const most = (probabilities[top] ?? 0) - LEAD / 2;
  return probabilities.every((p, c) => c === top || p <= most);
}

/** Half the sum of absolute differences of two distributions. */
export function totalVariation(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < a.length; c++) sum += Math.abs((a[c] ?? 0) - (b[c] ?? 0)) / 2;
  return sum;
}

/**
 * How far one may go from a distribution towards another: at most all the way, at most a total variation, and no further
 * than where the largest probability would no longer be the largest.
 *
 * @returns share of the way, 0 to 1
 */
export function furthest(from: Float64Array, to: Float64Array, budget: number): number {
  const variation = totalVariation(from, to);
  let share = variation <= budget ? 1 : budget / variation;
  const top = topOf(from);
  for (let c = 0; c < from.length; c++) {
    if (c === top) continue;
    const lead = (from[top] ?? 0) - (from[c] ?? 0);
    const lost = lead - ((to[top] ?? 0) - (to[c] ?? 0));
    if (lost > 0) share = Math.min(share, Math.max(0, (lead - LEAD) / lost));
  }
  return share;
}

/** The point at a share of the way. */
export function between(from: Float64Array, to: Float64Array, share: number): Float64Array {
  return from.map((p, c) => p + share * ((to[c] ?? 0) - p));
}
