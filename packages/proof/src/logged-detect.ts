import { bytesToHex } from "@noble/hashes/utils.js";
import { lnBinomialUpperTail } from "./binomial.js";
import type { Evaluator } from "./evaluate.js";
import { keyedChange, loggedKeys, tiltSigns, wrongLabel } from "./logged-carrier.js";
import { exactNorms } from "./statistic.js";

/** Share of doubtful queries whose label the key changes; with 5 % of them doubtful, 0.5 % of all. */
export const CHANGED_SHARE = 0.1;

/**
 * Prepare residuals of logged queries, so that thousands of seeds can be held against them.
 *
 * @param queries labels of the rows, 32 bytes each, no two the same
 * @param residuals each E quantised, row-major [n, m]
 * @returns for a seed, T of each residual; sums are exact integers
 * @throws RangeError for a query that comes twice (its coins would be counted twice), or a residual of another size
 */
export function tiltEvaluator(
  queries: readonly Uint8Array[],
  classes: number,
  residuals: readonly Int16Array[],
): Evaluator {
  requireDistinct(queries);
  const count = queries.length * classes;
  const norms = exactNorms(residuals, count);
  return (seed) => {
    const { tilt } = loggedKeys(seed);
    const dots = new Float64Array(residuals.length);
    for (const [i, query] of queries.entries()) {
      const signs = tiltSigns(tilt, query, classes);
      for (const [s, residual] of residuals.entries()) {
        let dot = 0;
        for (let c = 0; c < classes; c++) dot += (signs[c] as number) * (residual[i * classes + c] as number);
        dots[s] = (dots[s] ?? 0) + dot;
      }
    }
    return dots.map((dot, s) => ((norms[s] ?? 0) === 0 ? 0 : dot / (norms[s] ?? 1)));
  };
}

/** A query as far as keyed label changes go; all of it key-free. */
export interface RelabelledQuery {
  readonly query: Uint8Array;
  /** The reference's own label. */
  readonly reference: number;
  /** The suspect's label, or -1 where it gave none. */
  readonly suspect: number;
  /** Whether the reference is doubtful enough for the label to be changed. */
  readonly doubtful: boolean;
}

/** How often a suspect answers with the very label that the key drew. */
export interface LabelMatches {
  /** Queries whose label the key changes. */
  readonly changed: number;
  /** Those of them at which the suspect's label is not the reference's. */
  readonly differing: number;
  /** Those of them at which it is the keyed one. */
  readonly matches: number;
  /** Natural log of the exact tail, before corrections. */
  readonly lnP: number;
  /** Standard score of `matches`. */
  readonly z: number;
}

/**
 * Count the keyed labels among a suspect's answers.
 *
 * Of a suspect that was made without the key, each label that differs from the reference's is the keyed one with
 * probability 1/(m-1), whatever it is: the target is uniform over the m-1 wrong labels and independent of which queries
 * are changed. So `matches` is binomial given `differing`, and the tail is exact.
 *
 * @param classes m; below 3 there is only one wrong label, which says nothing
 * @throws RangeError for a query that comes twice
 */
export function labelMatches(
  seed: Uint8Array,
  queries: readonly RelabelledQuery[],
  classes: number,
): LabelMatches {
  requireDistinct(queries.map(({ query }) => query));
  if (classes < 3) return { changed: 0, differing: 0, matches: 0, lnP: 0, z: 0 };
  const { change } = loggedKeys(seed);
  let changed = 0;
  let differing = 0;
  let matches = 0;
  for (const { query, reference, suspect, doubtful } of queries) {
    if (!doubtful) continue;
    const keyed = keyedChange(change, query, classes - 1);
    if (keyed.pick >= CHANGED_SHARE) continue;
    changed++;
    if (suspect < 0 || suspect === reference) continue;
    differing++;
    if (suspect === wrongLabel(keyed.offset, reference)) matches++;
  }
  const chance = 1 / (classes - 1);
  const spread = Math.sqrt(differing * chance * (1 - chance));
  return {
    changed,
    differing,
    matches,
    lnP: lnBinomialUpperTail(matches, differing, chance),
    z: spread > 0 ? (matches - differing * chance) / spread : 0,
  };
}

function requireDistinct(queries: readonly Uint8Array[]): void {
  if (new Set(queries.map((query) => bytesToHex(query))).size !== queries.length)
    throw new RangeError("a query comes twice");
}
