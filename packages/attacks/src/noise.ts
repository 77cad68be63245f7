import { decode, encode } from "./decode.js";
import { random, type Seed } from "@indicia/autodiff/random";
import { changeWeights, rowDeviations } from "./weights.js";

export interface NoiseOptions {
  /** Standard deviation of the noise in standard deviations of the row. */
  readonly sigma: number;
}

/**
 * Gaussian noise on every weight, w + sigma s_row n: also what requantising again and again amounts to.
 *
 * @throws AttackError NOTHING_TO_DO
 */
export function noise(bytes: Uint8Array, { sigma }: NoiseOptions, seed: Seed): Uint8Array {
  const model = decode(bytes);
  const { normal } = random(seed, "noise");
  changeWeights(model, (values, rows) => {
    const deviations = rowDeviations(values, rows);
    for (const at of values.keys())
      values[at] = (values[at] ?? 0) + sigma * (deviations[rows.rowOf(at)] ?? 0) * normal();
  });
  return encode(model);
}
