import { random } from "@indicia/autodiff/random";
import { type AnswerChange, changeRows, rowSeed } from "./change.js";

/**
 * Gaussian noise on every probability; what falls below 0 becomes 0, and the row is scaled back to its old sum.
 *
 * @param options.sigma standard deviation of the noise
 */
export function outputNoise({ sigma }: { readonly sigma: number }): AnswerChange {
  return (answers, seed) =>
    changeRows(answers, (row) => {
      const { normal } = random(rowSeed(seed, row), "output noise");
      const before = sum(row);
      const noisy = row.map((value) => Math.max(0, value + sigma * normal()));
      const after = sum(noisy);
      // Where nothing is left the answer stays what it was.
      if (after > 0) row.set(noisy.map((value) => (value * before) / after));
    });
}

function sum(row: Float64Array): number {
  return row.reduce((total, value) => total + value, 0);
}
