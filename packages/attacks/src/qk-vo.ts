import type { Loot } from "./attack.js";
import { decode, encode, liftConstants } from "./decode.js";
import { nothingToDo } from "./error.js";
import { invertible } from "./mixing.js";
import { random, type Seed } from "@indicia/autodiff/random";
import { mix } from "./symmetry/apply.js";
import { findSpaces, type Space } from "./symmetry/space.js";

export interface QkVoOptions extends Loot {
  /** Standard deviation of the logarithms of the matrices' singular values. */
  readonly spread: number;
}

/**
 * In attention that is spelled out by MatMuls, each head's queries are multiplied by an invertible matrix and its keys by
 * the inverse transpose; values likewise, undone by the output projection. The function stays.
 *
 * @throws AttackError NOTHING_TO_DO, TRACE_FAILED
 */
export async function qkVo(bytes: Uint8Array, options: QkVoOptions, seed: Seed): Promise<Uint8Array> {
  const model = decode(bytes);
  liftConstants(model);
  const numbers = random(seed, "qk-vo");
  const { spaces } = await findSpaces(model, "mix", { rows: options.rows });
  let changed = 0;
  for (const space of spaces) {
    const heads = headsOf(space);
    if (heads === null) continue;
    const matrices = Array.from({ length: heads }, () => invertible(space.size, options.spread, numbers));
    const [first] = matrices;
    if (first === undefined) continue;
    mix(model, space, (block) => matrices[block % heads] ?? first);
    changed++;
  }
  if (changed === 0) throw nothingToDo("attention in heads");
  return encode(model);
}

/** How many heads a space has one part for each of; null where it is no part of a head. */
function headsOf({ places, selfDual, keepsOnes }: Space): number | null {
  const heads = new Set(places.map(({ before }) => before.at(-1)));
  const [only, ...more] = heads;
  return selfDual || keepsOnes || only === undefined || more.length > 0 ? null : only.size;
}
