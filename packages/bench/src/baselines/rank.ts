/** Random keys with which a score is compared. */
export const RANDOM_KEYS = 10_000;

/**
 * ln p of a score among scores of the same suspect under random keys: (1 + those at least as large) / (1 + all), exact
 * where the true key was drawn as the random ones were (B. Phipson and G. Smyth, "Permutation P-values Should Never Be
 * Zero", 2010).
 */
export function lnRank(score: number, others: Float64Array): number {
  const atLeast = others.reduce((count, other) => count + (other >= score ? 1 : 0), 0);
  return Math.log((1 + atLeast) / (1 + others.length));
}
