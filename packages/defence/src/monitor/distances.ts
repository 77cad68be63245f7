import { abnormality } from "./normality.js";
import type { Sketches } from "./sketch.js";

/** Earlier queries of an account that new ones are compared with: a sample of all, so that memory is bounded. */
const KEPT = 128;
/** Distances that the test of normality looks at: the latest ones. */
const TESTED = 128;
/** Fewer distances say nothing about their shape. */
const FEWEST_TESTED = 24;
/** Nearer ones are the same query again, which teaches a thief nothing. */
const SAME = 1e-6;

/** An account's queries and how far each was from the nearest earlier one of its predicted class. */
export interface Distances {
  seen: number;
  kept: number;
  /** Row-major [KEPT, dimensions]. */
  readonly points: Float32Array;
  readonly classes: Int32Array;
  measured: number;
  readonly recent: Float64Array;
}

export function noDistances(dimensions: number): Distances {
  return {
    seen: 0,
    kept: 0,
    points: new Float32Array(KEPT * dimensions),
    classes: new Int32Array(KEPT),
    measured: 0,
    recent: new Float64Array(TESTED),
  };
}

/** Measure a query against those before it (PRADA: M. Juuti et al., 2019, algorithm 1), and keep it by chance. */
export function measureRow(distances: Distances, sketches: Sketches, row: number): void {
  const { dimensions, points } = sketches;
  const label = sketches.classes[row] ?? 0;
  const at = row * dimensions;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < distances.kept; i++) {
    if (distances.classes[i] === label)
      least = nearer(points, at, distances.points, i * dimensions, dimensions, least);
  }
  if (least < SAME) return;
  if (least < Number.POSITIVE_INFINITY) {
    distances.recent[distances.measured % TESTED] = Math.sqrt(least);
    distances.measured++;
  }
  const place = placeOf(distances.seen);
  distances.seen++;
  if (place >= KEPT) return;
  distances.points.set(points.subarray(row * dimensions, (row + 1) * dimensions), place * dimensions);
  distances.classes[place] = label;
  distances.kept = Math.max(distances.kept, place + 1);
}

/** How unlike a normal sample the latest distances are: 1 - W', 0 while there are too few. */
export function distanceAbnormality({ measured, recent }: Distances): number {
  if (measured < FEWEST_TESTED) return 0;
  return abnormality(recent.slice(0, Math.min(measured, TESTED)));
}

/** Reservoir sampling (J. Vitter, algorithm R), its chance a mix of the number itself, so that nothing is drawn. */
function placeOf(seen: number): number {
  if (seen < KEPT) return seen;
  let x = Math.imul(seen ^ 0x9e3779b9, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return Math.floor((((x ^ (x >>> 16)) >>> 0) / 2 ** 32) * (seen + 1));
}

/** The smaller of a squared distance and the least one so far; most distances are given up half-way. */
function nearer(
  a: Float32Array,
  atA: number,
  b: Float32Array,
  atB: number,
  dimensions: number,
  least: number,
): number {
  let sum = 0;
  for (let j = 0; j < dimensions; j++) {
    const difference = (a[atA + j] ?? 0) - (b[atB + j] ?? 0);
    sum += difference * difference;
    if (sum >= least) return least;
  }
  return sum;
}
