import { type AxisMap, identityMap, isIdentity } from "./axis-map.js";
import type { View } from "./candidates.js";
import { commonRotation } from "./common-rotation.js";
import { gathered, relativeError, unmixed } from "./gather.js";
import { hypotheses, type KnownMap, remember } from "./hypotheses.js";
import type { Matrix, MatrixShape } from "./matrix.js";
import { findMixing, mixed } from "./mixing.js";
import { rescale } from "./rescale.js";
import { likeness, matchRows, rowsOf } from "./row-match.js";
import { MAX_DECOMPOSED, matchSpectrum } from "./spectrum.js";
import { transposed } from "./vectors.js";

/** A tensor of the reference to be found in a suspect. */
export interface Target extends MatrixShape {
  readonly label: string;
  /** Place among the reference's tensors, 0 .. 1. */
  readonly place: number;
  load(): Matrix;
}

/** A target's counterpart, brought into the reference's order, signs and scale. */
export interface Aligned<T> {
  /** By its numbers, or by its singular values, which is all that two rotations leave. */
  readonly by: "alignment" | "spectrum";
  /** What was kept of its matrix, which is in the target's canonical order, NaN where the suspect has nothing. */
  readonly kept: T;
  /** Ids of the suspect's tensors that it was put together from. */
  readonly tensors: readonly string[];
  /** What had to be undone, in words. */
  readonly undone: readonly string[];
}

/** What an alignment found. */
export interface Alignment<T> {
  /** By label, targets of which something was found. */
  readonly aligned: ReadonlyMap<string, Aligned<T>>;
  /** Whether the search ended at its limit, with hypotheses left. */
  readonly exhausted: boolean;
}

/** Share of a target's rows that must be found before it counts as complete. */
const COMPLETE = 0.95;
/** Row maps with scales this near to 1 are taken for unscaled. */
const UNSCALED = 0.05;
/**
 * Likeness that is asked for, strictest first, so that no tensor is taken for another that merely resembles it: copies,
 * copies after pruning or to a few bits, and what is left of copies after more than that.
 */
const LIKENESS = [0.8, 0.55, 0.3] as const;
/** Squared difference, as a share of the reference's square, from which another explanation is looked for. */
const DOUBTFUL = 0.2;
/** Share of that error which another explanation may leave. */
const BETTER = 0.5;
/** Comparisons after which the search ends, minutes of work; a model of a hundred layers takes some ten thousand. */
const MAX_COMPARISONS = 50_000;

/** Tensors of which singular values are compared, ten seconds or two each. */
const MAX_SPECTRA = 6;
const LEAST_DECOMPOSED = 64;

interface Search {
  readonly targets: readonly Target[];
  readonly views: readonly View[];
  /** What is known of how dimensions of the reference appear in the suspect. */
  readonly maps: KnownMap[];
  /** Likeness of what was compared, by hypothesis; those that were followed are marked as done. */
  readonly likeness: Map<string, number>;
  readonly done: Set<string>;
  comparisons: number;
}

interface Open {
  readonly target: Target;
  by: Aligned<unknown>["by"];
  matrix: Matrix | null;
  covered: Uint8Array;
  tensors: string[];
  undone: Set<string>;
  /** Whether a rotation was learnt from it: once, so that the search ends where that does not lead to it. */
  toldRotation: boolean;
}

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

function isComplete({ covered, target }: Open): boolean {
  let rows = 0;
  for (const each of covered) rows += each;
  return rows >= COMPLETE * target.out;
}

/** Follow every hypothesis about every view of the suspect that is likely enough, nearest places first. */
async function advance(search: Search, open: Open, least: number): Promise<boolean> {
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
        if (search.done.has(key)) continue;
        const hypothesis = { view, side, map };
        const likely = search.likeness.get(key) ?? (await compare(search, open, hypothesis));
        search.likeness.set(key, likely);
        if (likely < least) continue;
        search.done.add(key);
        if (await tryHypothesis(search, open, hypothesis, least)) {
          progress = true;
          if (isComplete(open)) return true;
        }
      }
    }
  }
  return progress;
}

async function compare(search: Search, { target }: Open, { view, side, map }: Hypothesis): Promise<number> {
  search.comparisons++;
  const loaded = view.load();
  if (loaded === null) return 0;
  const suspect = map.mixing === undefined ? loaded : await unmixed(loaded, side, map.mixing);
  const unknown = side === "columns" ? "out" : "inn";
  return likeness(rowsOf(target.load(), unknown), rowsOf(suspect, unknown), map);
}

interface Hypothesis {
  readonly view: View;
  /** The side that the map speaks of; the other one is looked for. */
  readonly side: "columns" | "rows";
  readonly map: AxisMap;
}

async function tryHypothesis(
  search: Search,
  open: Open,
  { view, side, map }: Hypothesis,
  least: number,
): Promise<boolean> {
  const loaded = view.load();
  if (loaded === null) return false;
  const suspect = map.mixing === undefined ? loaded : await unmixed(loaded, side, map.mixing);
  if (map.mixing !== undefined) open.undone.add(map.mixing.kind);
  const reference = open.target.load();
  const unknown = side === "columns" ? "out" : "inn";
  const found = await matchRows(rowsOf(reference, unknown), rowsOf(suspect, unknown), map, least);
  if (found === null) return false;
  const signs = Float64Array.from(found.cosine, (c) => Math.sign(c) || 1);
  const other: AxisMap = {
    size: found.index.length,
    suspectSize: side === "columns" ? view.out : view.inn,
    index: found.index,
    scale: signs,
  };
  const [rows, columns] = side === "columns" ? [other, map] : [map, other];
  const piece = gathered(suspect, rows, columns, "signs");
  const { scales, error } = rescale(piece, reference, { out: rows.scale, inn: columns.scale });
  if (error > DOUBTFUL && countCovered(open) === 0 && isSameShape(view, open.target)) {
    const within = { widest: "head", most: BETTER * error } as const;
    if (await tryMixing(search, open, { view, side, map }, within)) return true;
    const straight = identityMap(other.size, other.suspectSize);
    const turned = { view, side: side === "columns" ? "rows" : "columns", map: straight } as const;
    if (await tryMixing(search, open, turned, within)) return true;
  }
  if (scales !== null) open.undone.add("scales");
  describeUndone(open, rows, columns);
  const before = countCovered(open);
  merge(open, piece, rows);
  // What adds nothing teaches nothing: a map from a chance likeness would only call for more of them.
  if (countCovered(open) === before) return false;
  open.tensors.push(view.tensor);
  const whole = side === "columns" ? found.index.length <= view.out : true;
  if (whole) learn(search, other, side === "columns" ? scales?.out : scales?.inn, signs);
  return true;
}

/** Whether a mixture of channels can be looked for. */
function isSameShape(view: MatrixShape, target: MatrixShape): boolean {
  return view.kernel === 1 && target.kernel === 1 && view.out === target.out && view.inn === target.inn;
}

/** Look for a mixture of one side of a tensor, the other side being known, in tensors of the same shape. */
async function unmix(search: Search, open: Open): Promise<boolean> {
  const { target } = open;
  if (countCovered(open) > 0 || open.toldRotation) return false;
  const views = search.views.filter((view) => isSameShape(view, target));
  for (const side of ["columns", "rows"] as const) {
    for (const [at, view] of views.entries()) {
      for (const [name, map] of hypotheses(
        search.maps,
        side === "columns" ? target.inn : target.out,
        side === "columns" ? view.inn : view.out,
      )) {
        const key = `${target.label}\0${at}\0${side}\0${name}\0mixing`;
        if (search.done.has(key)) continue;
        search.done.add(key);
        const any = { widest: "all", most: Number.POSITIVE_INFINITY } as const;
        if (await tryMixing(search, open, { view, side, map }, any)) return true;
      }
    }
  }
  return false;
}

/** What a mixture may be: within heads or of all channels, leaving so much of the reference's square at most. */
interface Allowed {
  readonly widest: "head" | "all";
  readonly most: number;
}

async function tryMixing(
  search: Search,
  open: Open,
  { view, side, map }: Hypothesis,
  { widest, most }: Allowed,
): Promise<boolean> {
  const loaded = view.load();
  if (loaded === null) return false;
  const reference = open.target.load();
  const known = map.mixing === undefined ? loaded : await unmixed(loaded, side, map.mixing);
  const straight = map.mixing === undefined ? map : identityMap(map.size, map.suspectSize);
  const count = side === "columns" ? reference.out : reference.inn;
  const whole = identityMap(count, count);
  const suspect =
    side === "columns"
      ? gathered(known, whole, straight, "signs and scales")
      : gathered(known, straight, whole, "signs and scales");
  if (suspect.values.some((value) => Number.isNaN(value))) return false;
  const asRows = ({ values, out }: Matrix): Float32Array =>
    side === "columns" ? values : transposed(values, out);
  const rows = asRows(suspect);
  const mixing = await findMixing(asRows(reference), rows, count, widest);
  if (mixing === null) return false;
  const undone = await mixed(mixing.undo, rows, count);
  const values = side === "columns" ? undone : transposed(undone, count);
  if (relativeError({ ...suspect, values }, reference) > most) return false;
  if (mixing.kind === "rotation") {
    // A rotation is shared by everything that its channels go to, seen from either side; no tensor is fitted alone.
    open.toldRotation = true;
    remember(search.maps, {
      ...whole,
      mixing: await commonRotation(mixing, count, search.targets, search.views),
    });
    return true;
  }
  open.matrix = { ...suspect, values };
  open.covered.fill(1);
  open.tensors.push(view.tensor);
  open.undone.add(mixing.kind);
  return true;
}

/** Where nothing else was found: singular values are left of a tensor whose both sides were rotated. */
async function compareSpectra(search: Search, pending: readonly Open[]): Promise<void> {
  const taken = new Set<View>();
  const left = pending.filter(({ covered, target }) => !covered.includes(1) && isSmall(target));
  for (const open of left.slice(0, MAX_SPECTRA)) {
    const { target } = open;
    const views = search.views.filter((view) => isSameShape(view, target) && !taken.has(view));
    const [nearest] = views.sort(
      (a, b) => Math.abs(a.place - target.place) - Math.abs(b.place - target.place),
    );
    const loaded = nearest?.load() ?? null;
    if (nearest === undefined || loaded === null) continue;
    taken.add(nearest);
    const reference = target.load();
    const match = await matchSpectrum(reference.values, loaded.values, target.out);
    if (match === null) continue;
    open.matrix = { ...reference, values: match.values };
    open.covered.fill(1);
    open.tensors.push(nearest.tensor);
    open.by = "spectrum";
    open.undone.add("rotations of both sides");
  }
}

/** A narrow matrix keeps too few singular values to tell one model from another. */
function isSmall({ out, inn, kernel }: MatrixShape): boolean {
  const [least, most] = [Math.min(out, inn), Math.max(out, inn)];
  return kernel === 1 && least >= LEAST_DECOMPOSED && most <= MAX_DECOMPOSED;
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
  const scale = Float64Array.from(signs, (sign, c) => sign * (factors?.[c] ?? 1));
  const plain = scale.every((s) => Math.abs(s - 1) <= UNSCALED);
  const learnt: AxisMap = { ...map, scale: plain ? new Float64Array(scale.length).fill(1) : scale };
  if (isIdentity(learnt)) return;
  const missing = learnt.index.every((at) => at < 0);
  if (!missing) remember(search.maps, learnt);
}

function describeUndone(open: Open, rows: AxisMap, columns: AxisMap): void {
  for (const { index, scale, size, suspectSize } of [rows, columns]) {
    if (index.some((at, i) => at >= 0 && at !== i)) open.undone.add("order");
    if (scale.some((s) => s < 0)) open.undone.add("signs");
    if (suspectSize > size) open.undone.add("surplus channels");
  }
}
