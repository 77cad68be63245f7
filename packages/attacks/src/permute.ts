import { decode, encode, liftConstants } from "./decode.js";
import type { Loot } from "./attack.js";
import { nothingToDo } from "./error.js";
import { random, type Seed } from "@indicia/autodiff/random";
import { reorder } from "./symmetry/apply.js";
import { findSpaces } from "./symmetry/space.js";

export interface PermuteOptions extends Loot {
  /** Which share of the hidden spaces is permuted, 0 to 1, rounded up. */
  readonly share: number;
}

/**
 * Hidden neurons and channels change places, in everything that makes or takes them. The function stays.
 *
 * @throws AttackError NOTHING_TO_DO where no hidden space is free, TRACE_FAILED
 */
export async function permute(bytes: Uint8Array, options: PermuteOptions, seed: Seed): Promise<Uint8Array> {
  const model = decode(bytes);
  liftConstants(model);
  const numbers = random(seed, "permute");
  const { spaces } = await findSpaces(model, "permute", { rows: options.rows });
  if (spaces.length === 0) throw nothingToDo("hidden neurons that could change places");
  const chosen = numbers.permutation(spaces.length).subarray(0, Math.ceil(options.share * spaces.length));
  for (const [i, space] of spaces.entries())
    if (chosen.includes(i)) reorder(model, space, numbers.permutation(space.size));
  return encode(model);
}
