import { between, keepsTop, topOf, totalVariation } from "./towards.js";

/** Halvings of the way: what is left of it is far below what anybody sees. */
const HALVINGS = 16;
/** Budgets are kept but for rounding. */
const ROUNDING = 1e-12;

/**
 * A perturbation under a mark: what the perturbation makes of the unmarked answer, times what the mark made of that answer,
 * p u' / u for every class. So no mark decides how answers are perturbed, and none is perturbed away. Where the largest class
 * of the marked answer would not stay the largest, or the budget be exceeded, the perturbation goes only part of its way.
 *
 * @param marked p, the answer as it is marked
 * @param unmarked u
 * @param perturbed u', what a perturbation makes of u
 * @param budget of total variation from p
 */
export function marksOnTop(
  marked: Float64Array,
  { unmarked, perturbed }: { readonly unmarked: Float64Array; readonly perturbed: Float64Array },
  budget: number,
): Float64Array {
  const top = topOf(marked);
  const at = (share: number): Float64Array => remarked(marked, unmarked, between(unmarked, perturbed, share));
  const allowed = (answer: Float64Array): boolean =>
    keepsTop(answer, top) && totalVariation(marked, answer) <= budget + ROUNDING;
  let best = at(1);
  if (allowed(best)) return best;
  best = marked;
  let [from, to] = [0, 1];
  for (let i = 0; i < HALVINGS; i++) {
    const share = (from + to) / 2;
    const answer = at(share);
    if (allowed(answer)) {
      from = share;
      best = answer;
    } else to = share;
  }
  return best;
}

function remarked(marked: Float64Array, unmarked: Float64Array, perturbed: Float64Array): Float64Array {
  const raised = perturbed.map(
    (p, c) => (p * (marked[c] ?? 0)) / Math.max(unmarked[c] ?? 0, Number.MIN_VALUE),
  );
  const sum = raised.reduce((total, p) => total + p, 0);
  return sum > 0 && Number.isFinite(sum) ? raised.map((p) => p / sum) : marked;
}
