import { type RandomNumbers, randomNumbers } from "@indicia/data/random-numbers";
import { DefenceError } from "../error.js";
import { halfOf, shuffled, type Sources } from "./honest.js";
import { partOfRows } from "./part-of-rows.js";
import { type Sketches, sketchRows } from "./sketch.js";
import { fitWindow, type ObservedRows, type Window } from "./window.js";

/** Parts into which sources are put: each in turn is what a window of the others has not seen. */
const FOLDS = 5;
/** Sources below which no part would say how they differ. */
const FEWEST_SOURCES = 4 * FOLDS;

/** Rows as a window sketches them that was not learnt from all of them. */
export interface UnseenRows {
  readonly sketches: Sketches;
  /** Rows that it was not learnt from, by source; null where they are all, and each a source of its own. */
  readonly sources: Sources;
  /** Rows that it was learnt from. */
  readonly seen: readonly number[];
}

/**
 * A window, and rows that a window like it has not seen. Where every row is a source of its own: of half of the rows, and
 * the other half. Where rows come from known sources: of all rows, and each fifth of the sources beside a window of the
 * others (cross-conformal: V. Vovk, "Cross-conformal predictors", 2015), so that new sources look as new as they are.
 *
 * @throws DefenceError ROWS_TOO_FEW, ROWS_SHAPE
 */
export async function partsOf(
  benign: ObservedRows,
  options: { readonly classes: number; readonly sources: Int32Array | null; readonly seed: number },
): Promise<{ readonly window: Window; readonly unseen: readonly UnseenRows[] }> {
  const { classes, sources, seed } = options;
  const all = Array.from({ length: benign.rows }, (_, row) => row);
  if (sources === null) {
    const window = await fitWindow(
      partOfRows(
        benign,
        all.filter((row) => row % 2 === 0),
      ),
      classes,
      seed,
    );
    const rest = partOfRows(
      benign,
      all.filter((row) => row % 2 === 1),
    );
    return { window, unseen: [{ sketches: sketchRows(window, rest), sources: null, seen: [] }] };
  }
  const folds = foldsOf(sources, seed);
  const unseen: UnseenRows[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const [seen, others] = [true, false].map((is) => all.filter((row) => (folds[row] !== fold) === is));
    if (seen === undefined || others === undefined) continue;
    const window = await fitWindow(partOfRows(benign, seen), classes, seed);
    unseen.push({ sketches: sketchRows(window, benign), sources: sourcesOf(others, sources), seen });
  }
  return { window: await fitWindow(benign, classes, seed), unseen };
}

/**
 * Rows that an honest account asks about: half of the sources that are new, and of known ones any share beside them, from
 * none to nearly all; clients differ in how much of what they ask the window knows.
 */
export function rowsOfAccount({ sketches, sources, seen }: UnseenRows, numbers: RandomNumbers): Uint32Array {
  const unseen = halfOf(sketches.rows, sources, numbers);
  if (seen.length === 0) return unseen;
  const share = numbers.uniform();
  const known = Math.min(seen.length, Math.floor((unseen.length * share) / (1 - share)));
  const from = shuffled(seen.length, numbers);
  return Uint32Array.from([...unseen, ...Array.from(from.subarray(0, known), (at) => seen[at] ?? 0)]);
}

/** Parts take turns. */
export function partFor(unseen: readonly UnseenRows[], which: number): UnseenRows {
  const part = unseen[which % unseen.length];
  if (part === undefined) throw new RangeError("a calibration without rows");
  return part;
}

/** The part of each row: sources in random order, each to the part that has fewest rows. */
function foldsOf(sources: Int32Array, seed: number): Int32Array {
  const counts = new Map<number, number>();
  for (const source of sources) counts.set(source, (counts.get(source) ?? 0) + 1);
  if (counts.size < FEWEST_SOURCES)
    throw new DefenceError(
      "ROWS_TOO_FEW",
      `rows of ${counts.size} sources, of ${FEWEST_SOURCES} at least`,
      "Name more sources, or none.",
    );
  const names = [...counts.keys()];
  const filled = new Array<number>(FOLDS).fill(0);
  const foldOf = new Map<number, number>();
  for (const at of shuffled(names.length, randomNumbers(`${seed}/folds`))) {
    const name = names[at] ?? 0;
    const fold = filled.indexOf(Math.min(...filled));
    filled[fold] = (filled[fold] ?? 0) + (counts.get(name) ?? 0);
    foldOf.set(name, fold);
  }
  return sources.map((source) => foldOf.get(source) ?? 0);
}

/** The chosen rows, by source. */
function sourcesOf(chosen: readonly number[], sources: Int32Array): Sources {
  const of = new Map<number, number[]>();
  for (const row of chosen) {
    const source = sources[row] ?? 0;
    const known = of.get(source) ?? [];
    known.push(row);
    of.set(source, known);
  }
  return [...of.values()];
}
