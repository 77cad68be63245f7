import { decode, encode } from "./decode.js";
import { random, type Seed } from "@indicia/autodiff/random";
import { changeWeights, rowDeviations } from "./weights.js";

export interface OverwriteOptions {
  /** Size of the pattern in standard deviations of the row. */
  readonly strength: number;
}

/**
 * A stranger's own pattern of -1 and 1 on every weight, w + strength s_row e, as marks are placed.
 *
 * @throws AttackError NOTHING_TO_DO
 */
export function overwrite(bytes: Uint8Array, { strength }: OverwriteOptions, seed: Seed): Uint8Array {
  const model = decode(bytes);
  const { sign } = random(seed, "overwrite");
  changeWeights(model, (values, rows) => {
    const deviations = rowDeviations(values, rows);
    for (const at of values.keys())
      values[at] = (values[at] ?? 0) + strength * (deviations[rows.rowOf(at)] ?? 0) * sign();
  });
  return encode(model);
}
