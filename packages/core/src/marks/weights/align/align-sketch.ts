import { type AxisMap, identityMap, isIdentity } from "./axis-map.js";
import type { Aligned, Alignment } from "./alignment.js";
import type { View } from "./candidates.js";
import { gathered } from "./gather.js";
import { hypotheses, type KnownMap, remember } from "./hypotheses.js";
import type { Matrix } from "./matrix.js";
import { matchRows, type Rows } from "./row-match.js";
import { projectedRows, type TensorSketch } from "./sketch.js";

/** Likeness of rows to what a sketch keeps of them; signs alone bring even equal rows no further than 0.8 or so. */
const LEAST_LIKENESS = 0.3;

/**
 * Align a suspect to a sketch of the reference, from its inputs onwards: a layer whose input channels are known shows
 * by the signs of its rows' projections which row is which. Scales are not brought back, since without the reference
 * each row is measured in units of its own spread.
 */
export async function alignToSketch<T>(
  sketches: readonly TensorSketch[],
  views: readonly View[],
  keep: (label: string, matrix: Matrix) => T,
): Promise<Alignment<T>> {
  const found = new Map<string, Aligned<T>>();
  const maps: KnownMap[] = [];
  const tried = new Set<string>();
  for (let progress = true; progress; ) {
    progress = false;
    for (const [at, sketch] of sketches.entries()) {
      if (found.has(sketch.label)) continue;
      const place = at / Math.max(1, sketches.length - 1);
      const aligned = await findSketched({ sketch, place, views, maps, tried });
      if (aligned === null) continue;
      found.set(sketch.label, { ...aligned, kept: keep(sketch.label, aligned.kept) });
      progress = true;
    }
  }
  return { aligned: found, exhausted: false };
}

interface Sought {
  readonly sketch: TensorSketch;
  readonly place: number;
  readonly views: readonly View[];
  readonly maps: KnownMap[];
  readonly tried: Set<string>;
}

async function findSketched({ sketch, place, views, maps, tried }: Sought): Promise<Aligned<Matrix> | null> {
  const near = views
    .map((view, at) => ({ view, at }))
    .filter(({ view }) => view.kernel === sketch.kernel)
    .sort((a, b) => Math.abs(a.view.place - place) - Math.abs(b.view.place - place));
  for (const { view, at } of near) {
    for (const [name, columns] of hypotheses(maps, sketch.inn, view.inn)) {
      const key = `${sketch.label}\0${at}\0${name}`;
      if (tried.has(key) || columns.mixing !== undefined) continue;
      tried.add(key);
      const suspect = view.load();
      if (suspect === null) continue;
      const inPlace = present(
        gathered(suspect, identityMap(suspect.out, suspect.out), columns, "signs and scales"),
      );
      const projected = await projectedRows(inPlace, sketch.label, sketch.bits);
      const rows = await matchRows(
        rowsOfBits(sketch.signs, sketch.bits),
        rowsOfBits(projected, sketch.bits),
        identityMap(sketch.bits, sketch.bits),
        LEAST_LIKENESS,
      );
      if (rows === null) continue;
      const scale = Float64Array.from(rows.cosine, (cosine) => Math.sign(cosine) || 1);
      const map: AxisMap = { size: sketch.out, suspectSize: suspect.out, index: rows.index, scale };
      if (!isIdentity(map)) remember(maps, map);
      const straight = identityMap(columns.size, columns.size);
      const undone = isIdentity(map) ? [] : ["order or signs"];
      const kept = present(gathered(inPlace, map, straight, "signs"));
      return { by: "alignment", kept, tensors: [view.tensor], undone };
    }
  }
  return null;
}

/** Zero where the suspect has nothing. */
function present(matrix: Matrix): Matrix {
  return { ...matrix, values: matrix.values.map((value) => (Number.isNaN(value) ? 0 : value)) };
}

function rowsOfBits(values: Float32Array, bits: number): Rows {
  return { count: values.length / bits, columns: bits, kernel: 1, rowStride: bits, columnStride: 1, values };
}
