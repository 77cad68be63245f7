import { asInput, type AxisMap, identityMap, isIdentity, repeated } from "./axis-map.js";
import type { View } from "./candidates.js";
import type { Matrix, MatrixShape } from "./matrix.js";
import { rescale } from "./rescale.js";
import { matchRows, rowsOf } from "./row-match.js";

/** A tensor of the reference to be found in a suspect. */
export interface Target extends MatrixShape {
  readonly label: string;
  /** Place among the reference's tensors, 0 .. 1. */
  readonly place: number;
  load(): Matrix;
}

/** A target's counterpart, brought into the reference's order, signs and scale. */
export interface Aligned {
  /** Canonical order of the target; NaN where the suspect has nothing. */
  readonly matrix: Matrix;
  /** Ids of the suspect's tensors that it was put together from. */
  readonly tensors: readonly string[];
  /** What had to be undone, in words. */
  readonly undone: readonly string[];
}

/** Share of a target's rows that must be found before it counts as complete. */
const COMPLETE = 0.95;
/** Different orders of a flattened dimension are tried up to this many positions per channel. */
const MAX_POSITIONS = 4096;
/** Row maps with scales this near to 1 are taken for unscaled. */
const UNSCALED = 0.05;
/** Comparisons after which the search ends; a model of a hundred layers takes some ten thousand. */
const MAX_COMPARISONS = 200_000;

interface Search {
  readonly views: readonly View[];
  /** What is known of how dimensions of the reference appear in the suspect. */
  readonly maps: AxisMap[];
  readonly tried: Set<string>;
  comparisons: number;
}

interface Open {
  readonly target: Target;
  matrix: Matrix | null;
  covered: Uint8Array;
  tensors: string[];
  undone: Set<string>;
}

/**
 * Align a suspect to the unmarked reference, tensor by tensor, from what does not change: inputs and outputs of a model
 * keep their order, so a layer of which one side is known shows by its rows how the other side was permuted, scaled
 * and turned over; that side is then known to the layers behind it. No name and no graph of the suspect is believed,
 * every hypothesis is held against the numbers, and no key, carrier or marked model enters.
 *
 * @returns by label, those that were found
 */
export async function alignTensors(
  targets: readonly Target[],
  views: readonly View[],
): Promise<Map<string, Aligned>> {
  const search: Search = { views, maps: [], tried: new Set(), comparisons: 0 };
  const open = targets.map((target): Open => {
    const covered = new Uint8Array(target.out);
    return { target, matrix: null, covered, tensors: [], undone: new Set() };
  });
  let pending = open;
  for (;;) {
    let progress = false;
    for (const each of pending) if (await advance(search, each)) progress = true;
    pending = pending.filter((each) => !isComplete(each));
    if (!progress || pending.length === 0 || search.comparisons > MAX_COMPARISONS) break;
  }
  return new Map(
    open.flatMap(({ target, matrix, tensors, undone }) =>
      matrix === null ? [] : [[target.label, { matrix, tensors, undone: [...undone] }] as const],
    ),
  );
}

function isComplete({ covered, target }: Open): boolean {
  let rows = 0;
  for (const each of covered) rows += each;
  return rows >= COMPLETE * target.out;
}

/** Try every view of the suspect under every hypothesis that was not tried before, nearest places first. */
async function advance(search: Search, open: Open): Promise<boolean> {
  const { target } = open;
  const near = search.views
    .map((view, at) => ({ view, at }))
    .filter(({ view }) => view.kernel === target.kernel)
    .sort((a, b) => Math.abs(a.view.place - target.place) - Math.abs(b.view.place - target.place));
  let progress = false;
  for (const { view, at } of near) {
    for (const side of ["columns", "rows"] as const) {
      const [known, suspectKnown] = side === "columns" ? [target.inn, view.inn] : [target.out, view.out];
      for (const [name, map] of hypotheses(search.maps, known, suspectKnown)) {
        const key = `${target.label}\0${at}\0${side}\0${name}`;
        if (search.tried.has(key)) continue;
        search.tried.add(key);
        search.comparisons++;
        if (await tryHypothesis(search, open, { view, side, map })) {
          progress = true;
          if (isComplete(open)) return true;
        }
      }
    }
  }
  return progress;
}

/** Every way in which a dimension of the reference may appear as one of the suspect's, as far as is known by now. */
function* hypotheses(
  maps: readonly AxisMap[],
  size: number,
  suspectSize: number,
): Generator<[string, AxisMap]> {
  if (size === suspectSize) yield ["identity", identityMap(size, suspectSize)];
  for (const [at, map] of maps.entries()) {
    const times = size / map.size;
    if (!Number.isInteger(times) || times > MAX_POSITIONS || map.suspectSize * times !== suspectSize)
      continue;
    for (const scales of ["inverse", "signs"] as const) {
      const input = asInput(map, scales);
      if (times === 1) yield [`${at} ${scales}`, input];
      else
        for (const order of ["blocks", "interleaved"] as const)
          yield [`${at} ${scales} ${order}`, repeated(input, times, order)];
    }
  }
}

interface Hypothesis {
  readonly view: View;
  /** The side that the map speaks of; the other one is looked for. */
  readonly side: "columns" | "rows";
  readonly map: AxisMap;
}

async function tryHypothesis(search: Search, open: Open, { view, side, map }: Hypothesis): Promise<boolean> {
  const suspect = view.load();
  if (suspect === null) return false;
  const reference = open.target.load();
  const unknown = side === "columns" ? "out" : "inn";
  const found = await matchRows(rowsOf(reference, unknown), rowsOf(suspect, unknown), map);
  if (found === null) return false;
  const signs = Float64Array.from(found.cosine, (c) => Math.sign(c) || 1);
  const other: AxisMap = {
    size: found.index.length,
    suspectSize: side === "columns" ? view.out : view.inn,
    index: found.index,
    scale: signs,
  };
  const [rows, columns] = side === "columns" ? [other, map] : [map, other];
  const piece = gathered(suspect, rows, columns);
  const scales = rescale(piece, reference);
  if (scales !== null) open.undone.add("scales");
  describeUndone(open, rows, columns);
  const before = countCovered(open);
  merge(open, piece, rows);
  open.tensors.push(view.tensor);
  const whole = side === "columns" ? found.index.length <= view.out : true;
  if (whole) learn(search, other, side === "columns" ? scales?.out : scales?.inn, signs);
  return countCovered(open) > before;
}

/** The suspect's numbers in the reference's places, signs and scales of the maps undone. */
function gathered(suspect: Matrix, rows: AxisMap, columns: AxisMap): Matrix {
  const { kernel } = suspect;
  const [out, inn] = [rows.size, columns.size];
  const values = new Float32Array(out * inn * kernel).fill(Number.NaN);
  for (let o = 0; o < out; o++) {
    const row = rows.index[o] as number;
    if (row < 0) continue;
    for (let i = 0; i < inn; i++) {
      const column = columns.index[i] as number;
      if (column < 0) continue;
      const factor = 1 / ((rows.scale[o] as number) * (columns.scale[i] as number));
      const from = (row * suspect.inn + column) * kernel;
      const to = (o * inn + i) * kernel;
      for (let k = 0; k < kernel; k++) values[to + k] = (suspect.values[from + k] as number) * factor;
    }
  }
  return { out, inn, kernel, values };
}

function merge(open: Open, piece: Matrix, rows: AxisMap): void {
  open.matrix ??= { ...piece, values: new Float32Array(piece.values.length).fill(Number.NaN) };
  const width = piece.inn * piece.kernel;
  for (let o = 0; o < piece.out; o++) {
    if ((rows.index[o] ?? -1) < 0 || open.covered[o] === 1) continue;
    open.covered[o] = 1;
    open.matrix.values.set(piece.values.subarray(o * width, (o + 1) * width), o * width);
  }
}

function countCovered({ covered }: Open): number {
  return covered.reduce((sum, each) => sum + each, 0);
}

/** Remember how a dimension appears in the suspect, unless it appears as it was. */
function learn(search: Search, map: AxisMap, factors: Float64Array | undefined, signs: Float64Array): void {
  const scale = Float64Array.from(signs, (sign, c) => sign / (factors?.[c] ?? 1));
  const plain = scale.every((s) => Math.abs(s - 1) <= UNSCALED);
  const learnt: AxisMap = { ...map, scale: plain ? new Float64Array(scale.length).fill(1) : scale };
  if (isIdentity(learnt)) return;
  const missing = learnt.index.every((at) => at < 0);
  if (!missing) search.maps.unshift(learnt);
}

function describeUndone(open: Open, rows: AxisMap, columns: AxisMap): void {
  for (const { index, scale, size, suspectSize } of [rows, columns]) {
    if (index.some((at, i) => at >= 0 && at !== i)) open.undone.add("order");
    if (scale.some((s) => s < 0)) open.undone.add("signs");
    if (suspectSize > size) open.undone.add("surplus channels");
  }
}
