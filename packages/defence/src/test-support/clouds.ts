import { randomNumbers } from "@indicia/data/random-numbers";
import type { ObservedRows } from "../monitor/window.js";

export const CLASSES = 4;
const WIDTH = 10;

/**
 * Rows in clouds, one to a class.
 *
 * @param shift how far the clouds are moved along all axes
 */
export function clouds(rows: number, seed: string, shift = 0): ObservedRows {
  const numbers = randomNumbers(`clouds/${seed}`);
  const classes = Int32Array.from({ length: rows }, () => numbers.below(CLASSES));
  const values = Float64Array.from({ length: rows * WIDTH }, (_, at) => {
    const own = classes[Math.floor(at / WIDTH)] ?? 0;
    return numbers.normal() + shift + (at % WIDTH === own ? 4 : 0);
  });
  const margins = Float64Array.from({ length: rows }, () => 3 * numbers.uniform());
  return { rows, values, width: WIDTH, inputs: null, classes, margins };
}
