import { textureOf } from "./texture.js";
import { CELLS, driftsOf, type ObservedRows, pointsOf, squaredDistance, type Window } from "./window.js";

/** What the monitor keeps of rows: nothing from which a row could be told. */
export interface Sketches {
  readonly rows: number;
  readonly dimensions: number;
  readonly classes: Int32Array;
  /** Coordinates, row-major [rows, dimensions]. */
  readonly points: Float32Array;
  /** How far from what is usual in the predicted class, row-major [rows, EMBEDDED]. */
  readonly drifts: Float32Array;
  /** 1 where a row lies further out than nearly all benign rows of its class. */
  readonly outside: Uint8Array;
  /** 1 where a row is nearer to a decision than most benign rows of its class. */
  readonly low: Uint8Array;
  /** Texture of its input, in deviations from what is usual in its class. */
  readonly texture: Float32Array;
  /** Nearest cell. */
  readonly cells: Uint8Array;
}

/** Sketch rows as they come, or all rows of a simulation at once. */
export function sketchRows(window: Window, observed: ObservedRows): Sketches {
  const { rows, classes, margins } = observed;
  const { dimensions } = window;
  const points = pointsOf(window, observed);
  const drifts = driftsOf(window, points, classes);
  const outside = new Uint8Array(rows);
  const low = new Uint8Array(rows);
  const cells = new Uint8Array(rows);
  for (let i = 0; i < rows; i++) {
    const c = classes[i] ?? 0;
    const distance = squaredDistance(points, i * dimensions, window.centres, c * dimensions, dimensions);
    outside[i] = distance > (window.furthest[c] ?? 0) ? 1 : 0;
    low[i] = (margins[i] ?? 0) < (window.lowest[c] ?? 0) ? 1 : 0;
    cells[i] = nearestCell(window, points, i);
  }
  const texture = textureOf(window.texture, observed);
  return {
    rows,
    dimensions,
    classes,
    points: Float32Array.from(points),
    drifts,
    outside,
    low,
    texture,
    cells,
  };
}

function nearestCell({ cells, dimensions }: Window, points: Float64Array, row: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let c = 0; c < CELLS; c++) {
    const distance = squaredDistance(points, row * dimensions, cells, c * dimensions, dimensions);
    if (distance < least) {
      least = distance;
      best = c;
    }
  }
  return best;
}
