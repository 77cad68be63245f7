import { toFloat64 } from "@indicia/onnx/tensor";
import type { Loot } from "./attack.js";
import { decode, encode } from "./decode.js";
import { badOption, modelsDiffer } from "./error.js";
import { withFloats } from "./floats.js";
import { weightsOf } from "./weights.js";

export interface AverageOptions extends Loot {
  /** Weight of the model itself; the others share the rest. Default equal shares. */
  readonly own?: number;
}

/**
 * The weights of several models of the same structure are averaged, such as copies that hold different payloads.
 *
 * @throws AttackError ATTACK_OPTION where no other models are given, MODELS_DIFFER
 */
export function average(bytes: Uint8Array, { others = [], own }: AverageOptions): Uint8Array {
  if (others.length === 0) throw badOption("averaging needs other models");
  const model = decode(bytes);
  const share = own ?? 1 / (others.length + 1);
  const theirs = others.map(
    (each) => new Map(weightsOf(decode(each)).map(({ name, tensor }) => [name, tensor])),
  );
  for (const { name, tensor, set } of weightsOf(model)) {
    const values = toFloat64(tensor).map((value) => share * value);
    for (const other of theirs) {
      const match = other.get(name);
      if (match === undefined || match.dims.join() !== tensor.dims.join())
        throw modelsDiffer(name, "Average copies of one model.");
      for (const [at, value] of toFloat64(match).entries())
        values[at] = (values[at] ?? 0) + ((1 - share) / others.length) * value;
    }
    set(withFloats(tensor, values));
  }
  return encode(model);
}
