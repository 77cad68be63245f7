import { randomNumbers } from "@indicia/data/random-numbers";
import type { ObservedRows } from "../monitor/window.js";
import { clouds } from "./clouds.js";

/** Rows of each source. */
export const EACH = 60;

/** Rows of sources that each lie elsewhere. */
export function fromSources(count: number, seed: string): { rows: ObservedRows; sources: Int32Array } {
  const numbers = randomNumbers(seed);
  const all = Array.from({ length: count }, (_, i) => clouds(EACH, `${seed} ${i}`, numbers.normal()));
  const joined = (of: (rows: ObservedRows) => Float64Array): Float64Array =>
    Float64Array.from(all.flatMap((rows) => [...of(rows)]));
  return {
    rows: {
      rows: count * EACH,
      width: all[0]?.width ?? 0,
      inputs: null,
      values: joined(({ values }) => values),
      margins: joined(({ margins }) => margins),
      classes: Int32Array.from(all.flatMap(({ classes }) => [...classes])),
    },
    sources: Int32Array.from({ length: count * EACH }, (_, row) => Math.floor(row / EACH)),
  };
}
