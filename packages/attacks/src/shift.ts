import { decode, encode } from "./decode.js";
import { changeWeights, rowDeviations } from "./weights.js";

export interface ShiftOptions {
  /** How far each weight moves, in standard deviations of its row. */
  readonly delta: number;
  readonly direction: "outward" | "inward";
}

/**
 * Every weight moves away from 0, or towards it, by the same fraction of its row's spread:
 *
 *     w' = w + d delta s_row sign(w),   d = 1 outward, -1 inward
 *
 * where s_row is the standard deviation of the weights that feed the same neuron. Inward steps stop at 0. It wears down
 * marks that lie in the signs or sizes of weights (compare the shifting attack on quantised models, where each weight
 * moves to a neighbouring level).
 *
 * @throws AttackError NOTHING_TO_DO
 */
export function shift(bytes: Uint8Array, { delta, direction }: ShiftOptions): Uint8Array {
  const model = decode(bytes);
  changeWeights(model, (values, rows) => {
    const deviations = rowDeviations(values, rows);
    for (const [at, value] of values.entries()) {
      const step = delta * (deviations[rows.rowOf(at)] ?? 0);
      const magnitude =
        direction === "outward" ? Math.abs(value) + step : Math.max(0, Math.abs(value) - step);
      values[at] = Math.sign(value) * magnitude;
    }
  });
  return encode(model);
}
