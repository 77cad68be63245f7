import type { ObservedRows } from "./window.js";

/** Chosen rows, in their order. */
export function partOfRows(all: ObservedRows, chosen: readonly number[]): ObservedRows {
  const { rows, values, width, inputs, classes, margins } = all;
  return {
    rows: chosen.length,
    values: rowsOf(values, width, chosen),
    width,
    inputs: inputs === null ? null : rowsOf(inputs, inputs.length / rows, chosen),
    classes: Int32Array.from(chosen, (row) => classes[row] ?? 0),
    margins: Float64Array.from(chosen, (row) => margins[row] ?? 0),
  };
}

function rowsOf(values: Float64Array, width: number, rows: readonly number[]): Float64Array {
  const out = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) out.set(values.subarray(row * width, (row + 1) * width), i * width);
  return out;
}
