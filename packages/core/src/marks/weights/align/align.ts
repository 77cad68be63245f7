import type { View } from "./candidates.js";
import type { Matrix } from "./matrix.js";
import type { Target, Aligned, Alignment } from "./alignment.js";
import { type Search, type Open, isComplete } from "./align-search.js";
import { unmix } from "./unmix.js";
import { advance } from "./follow-hypotheses.js";
import { compareSpectra } from "./compare-spectra.js";

/**
 * Likeness that is asked for, strictest first, so that no tensor is taken for another that merely resembles it: copies,
 * copies after pruning or to a few bits, and what is left of copies after more than that.
 */
const LIKENESS = [0.8, 0.55, 0.3] as const;

/** Comparisons after which the search ends, minutes of work; a model of a hundred layers takes some ten thousand. */
const MAX_COMPARISONS = 50_000;

/**
 * Align a suspect to the unmarked reference, tensor by tensor, from what does not change: inputs and outputs of a model
 * keep their order, so a layer of which one side is known shows by its rows how the other side was permuted, scaled
 * and turned over; that side is then known to the layers behind it. No name and no graph of the suspect is believed,
 * every hypothesis is held against the numbers, and no key, carrier or marked model enters.
 *
 * @param keep called with each target's matrix as soon as it is whole, so that not all of a model is in memory
 */
export async function alignTensors<T>(
  targets: readonly Target[],
  views: readonly View[],
  keep: (label: string, matrix: Matrix) => T,
): Promise<Alignment<T>> {
  const search: Search = { targets, views, maps: [], likeness: new Map(), done: new Set(), comparisons: 0 };
  const open = targets.map((target): Open => {
    const covered = new Uint8Array(target.out);
    return {
      target,
      by: "alignment",
      matrix: null,
      covered,
      tensors: [],
      undone: new Set(),
      toldRotation: false,
    };
  });
  const aligned = new Map<string, Aligned<T>>();
  const harvest = (each: Open): void => {
    const { target, matrix, tensors, undone } = each;
    if (matrix === null) return;
    const { by } = each;
    aligned.set(target.label, { by, kept: keep(target.label, matrix), tensors, undone: [...undone] });
    each.matrix = null;
  };
  let pending = open;
  const settle = (): void => {
    for (const each of pending) if (isComplete(each)) harvest(each);
    pending = pending.filter((each) => !isComplete(each));
  };
  for (let level = 0; level < LIKENESS.length && pending.length > 0; ) {
    let progress = false;
    for (const each of pending) if (await advance(search, each, LIKENESS[level] ?? 1)) progress = true;
    settle();
    // What was found may tell more about the rest than a weaker likeness would.
    level = progress ? 0 : level + 1;
    if (search.comparisons > MAX_COMPARISONS) break;
    if (level < LIKENESS.length) continue;
    // Mixtures are costly to look for, and a single one may show the way to everything else.
    for (const each of pending) {
      if (!(await unmix(search, each))) continue;
      level = 0;
      break;
    }
    settle();
  }
  await compareSpectra(search, pending);
  for (const each of open) harvest(each);
  return { aligned, exhausted: search.comparisons > MAX_COMPARISONS };
}
