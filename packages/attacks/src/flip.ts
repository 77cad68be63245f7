import { decode, encode, liftConstants } from "./decode.js";
import type { Loot } from "./attack.js";
import { nothingToDo } from "./error.js";
import { random, type Seed } from "@indicia/autodiff/random";
import { multiply } from "./symmetry/apply.js";
import { findSpaces } from "./symmetry/space.js";

export interface FlipOptions extends Loot {
  /** Which share of the neurons changes its sign, 0 to 1. */
  readonly share: number;
}

/**
 * Hidden neurons change their sign where they are made and where they are taken: through Tanh and other odd functions,
 * linear maps, and into normalisations with a gain and out of them. The function stays.
 *
 * @throws AttackError NOTHING_TO_DO, TRACE_FAILED
 */
export async function flip(bytes: Uint8Array, options: FlipOptions, seed: Seed): Promise<Uint8Array> {
  const model = decode(bytes);
  liftConstants(model);
  const numbers = random(seed, "flip");
  const { spaces } = await findSpaces(model, "flip", { rows: options.rows });
  if (spaces.length === 0) throw nothingToDo("hidden neurons whose sign could change");
  for (const space of spaces)
    multiply(
      model,
      space,
      Float64Array.from({ length: space.size }, () => (numbers.uniform() < options.share ? -1 : 1)),
    );
  return encode(model);
}
