import { toFloat64 } from "@indicia/onnx/tensor";
import { decode, encode } from "./decode.js";
import { badOption } from "./error.js";
import { changeWeights, weightsOf } from "./weights.js";

export interface PruneOptions {
  /** Share of the weights that becomes 0. */
  readonly share: number;
  /** Whether the smallest of all weights go, or the smallest of each tensor. */
  readonly scope: "global" | "tensor";
}

/**
 * The weights of least magnitude become 0.
 *
 * @throws AttackError NOTHING_TO_DO, ATTACK_OPTION
 */
export function prune(bytes: Uint8Array, { share, scope }: PruneOptions): Uint8Array {
  if (!(share > 0 && share < 1)) throw badOption("the share to prune lies between 0 and 1");
  const model = decode(bytes);
  const all = scope === "global" ? weightsOf(model).map(({ tensor }) => toFloat64(tensor)) : [];
  const common = all.length === 0 ? null : threshold(all, share);
  changeWeights(model, (values) => {
    const least = common ?? threshold([values], share);
    for (const [at, value] of values.entries()) if (Math.abs(value) <= least) values[at] = 0;
  });
  return encode(model);
}

/** Magnitude that a share of all numbers does not exceed. */
function threshold(tensors: readonly Float64Array[], share: number): number {
  const magnitudes = new Float64Array(tensors.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const values of tensors) for (const value of values) magnitudes[at++] = Math.abs(value);
  magnitudes.sort();
  return magnitudes[Math.ceil(share * magnitudes.length) - 1] ?? 0;
}
