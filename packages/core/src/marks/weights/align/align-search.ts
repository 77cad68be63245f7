import { type AxisMap, isIdentity } from "./axis-map.js";
import type { View } from "./candidates.js";
import { type KnownMap, remember } from "./hypotheses.js";
import type { Matrix, MatrixShape } from "./matrix.js";
import type { Target, Aligned } from "./alignment.js";

/** Share of a target's rows that must be found before it counts as complete. */
const COMPLETE = 0.95;

/** Row maps with scales this near to 1 are taken for unscaled. */
const UNSCALED = 0.05;

export interface Search {
  readonly targets: readonly Target[];
  readonly views: readonly View[];
  /** What is known of how dimensions of the reference appear in the suspect. */
  readonly maps: KnownMap[];
  /** Likeness of what was compared, by hypothesis; those that were followed are marked as done. */
  readonly likeness: Map<string, number>;
  readonly done: Set<string>;
  comparisons: number;
}

export interface Open {
  readonly target: Target;
  by: Aligned<unknown>["by"];
  matrix: Matrix | null;
  covered: Uint8Array;
  tensors: string[];
  undone: Set<string>;
  /** Whether a rotation was learnt from it: once, so that the search ends where that does not lead to it. */
  toldRotation: boolean;
}

export interface Hypothesis {
  readonly view: View;
  /** The side that the map speaks of; the other one is looked for. */
  readonly side: "columns" | "rows";
  readonly map: AxisMap;
}

export function isComplete({ covered, target }: Open): boolean {
  let rows = 0;
  for (const each of covered) rows += each;
  return rows >= COMPLETE * target.out;
}

/** Whether a mixture of channels can be looked for. */
export function isSameShape(view: MatrixShape, target: MatrixShape): boolean {
  return view.kernel === 1 && target.kernel === 1 && view.out === target.out && view.inn === target.inn;
}

export function countCovered({ covered }: Open): number {
  return covered.reduce((sum, each) => sum + each, 0);
}

export function merge(open: Open, piece: Matrix, rows: AxisMap): void {
  open.matrix ??= { ...piece, values: new Float32Array(piece.values.length).fill(Number.NaN) };
  const width = piece.inn * piece.kernel;
  for (let o = 0; o < piece.out; o++) {
    if ((rows.index[o] ?? -1) < 0 || open.covered[o] === 1) continue;
    open.covered[o] = 1;
    open.matrix.values.set(piece.values.subarray(o * width, (o + 1) * width), o * width);
  }
}

/** Remember how a dimension appears in the suspect, unless it appears as it was. */
export function learn(
  search: Search,
  map: AxisMap,
  factors: Float64Array | undefined,
  signs: Float64Array,
): void {
  const scale = Float64Array.from(signs, (sign, c) => sign * (factors?.[c] ?? 1));
  const plain = scale.every((s) => Math.abs(s - 1) <= UNSCALED);
  const learnt: AxisMap = { ...map, scale: plain ? new Float64Array(scale.length).fill(1) : scale };
  if (isIdentity(learnt)) return;
  const missing = learnt.index.every((at) => at < 0);
  if (!missing) remember(search.maps, learnt);
}

export function describeUndone(open: Open, rows: AxisMap, columns: AxisMap): void {
  for (const { index, scale, size, suspectSize } of [rows, columns]) {
    if (index.some((at, i) => at >= 0 && at !== i)) open.undone.add("order");
    if (scale.some((s) => s < 0)) open.undone.add("signs");
    if (suspectSize > size) open.undone.add("surplus channels");
  }
}
