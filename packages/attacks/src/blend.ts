import { toFloat64 } from "@indicia/onnx/tensor";
import type { Loot } from "./attack.js";
import { decode, encode, liftConstants } from "./decode.js";
import { badOption, modelsDiffer } from "./error.js";
import { isFloat, withFloats } from "./floats.js";

export interface BlendOptions extends Loot {
  /** Weight of the model itself, 0 .. 1. */
  readonly own: number;
}

/**
 * Every stored number is averaged with that of an independent model of the same structure, biases and statistics too.
 *
 * @throws AttackError ATTACK_OPTION where there is no other model, MODELS_DIFFER
 */
export function blend(bytes: Uint8Array, { independent: [other] = [], own }: BlendOptions): Uint8Array {
  if (other === undefined) throw badOption("blending needs an independent model");
  return between(other, bytes, own);
}

/**
 * The model on the straight way from one to another.
 *
 * @param share of the way: 0 gives the numbers of the first, 1 those of the second
 * @throws AttackError MODELS_DIFFER
 */
export function between(from: Uint8Array, to: Uint8Array, share: number): Uint8Array {
  const [start, model] = [decode(from), decode(to)];
  for (const each of [start, model]) liftConstants(each);
  for (const [name, tensor] of model.initializers) {
    if (!isFloat(tensor)) continue;
    const other = start.initializers.get(name);
    if (other === undefined || other.dims.join() !== tensor.dims.join())
      throw modelsDiffer(name, "Blend models of one structure.");
    const origins = toFloat64(other);
    const values = toFloat64(tensor).map((goal, at) => {
      const origin = origins[at] ?? 0;
      // Equal numbers stay what they are to the last bit, infinite ones included.
      return origin === goal ? goal : origin + share * (goal - origin);
    });
    model.initializers.set(name, withFloats(tensor, values));
  }
  return encode(model);
}
