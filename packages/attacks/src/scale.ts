import { decode, encode, liftConstants } from "./decode.js";
import type { Loot } from "./attack.js";
import { nothingToDo } from "./error.js";
import { random, type Seed } from "@indicia/autodiff/random";
import { multiply } from "./symmetry/apply.js";
import { findSpaces } from "./symmetry/space.js";

export interface ScaleOptions extends Loot {
  /** Standard deviation of the factors' natural logarithms. */
  readonly spread: number;
}

/**
 * Hidden neurons and channels are multiplied by positive factors where they are made and divided where they are taken:
 * through Relu, LeakyRelu, pooling and linear maps, into BatchNormalization and out of it. The function stays.
 *
 * @throws AttackError NOTHING_TO_DO, TRACE_FAILED
 */
export async function scale(bytes: Uint8Array, options: ScaleOptions, seed: Seed): Promise<Uint8Array> {
  const model = decode(bytes);
  liftConstants(model);
  const numbers = random(seed, "scale");
  const { spaces } = await findSpaces(model, "scale", { rows: options.rows });
  const free = spaces.filter(({ selfDual }) => !selfDual);
  if (free.length === 0) throw nothingToDo("hidden neurons that could be scaled");
  for (const space of free) {
    const factors = Float64Array.from({ length: space.size }, () =>
      Math.exp(options.spread * numbers.normal()),
    );
    multiply(model, space, factors);
  }
  return encode(model);
}
