import { random } from "@indicia/autodiff/random";
import { changeRows, type InputChange, rowSeed } from "./change.js";

/**
 * Gaussian noise on every number of every input.
 *
 * @param options.sigma standard deviation, in the inputs' own units
 */
export function inputNoise({ sigma }: { readonly sigma: number }): InputChange {
  return (rows, seed) =>
    changeRows(rows, (row) => {
      const { normal } = random(rowSeed(seed, row), "input noise");
      for (const at of row.keys()) row[at] = (row[at] ?? 0) + sigma * normal();
    });
}
