import type { Loot } from "./attack.js";
import { decode, encode, liftConstants } from "./decode.js";
import { nothingToDo } from "./error.js";
import { foldGains } from "./fold-gains.js";
import { sweep } from "./graph-links.js";
import { orthogonal, orthogonalKeepingOnes } from "./mixing.js";
import { spelledCores } from "./norms.js";
import { random, type Seed } from "@indicia/autodiff/random";
import { mix } from "./symmetry/apply.js";
import { findSpaces } from "./symmetry/space.js";

export interface RotateOptions extends Loot {
  /** Largest space that is rotated: the matrices grow with its square. Default 1024. */
  readonly most?: number;
}

/**
 * Spaces that only linear maps and normalisations touch, such as a residual stream, are rotated. Gains of
 * normalisations go into what follows first. The function stays.
 *
 * @throws AttackError NOTHING_TO_DO, TRACE_FAILED
 */
export async function rotate(bytes: Uint8Array, options: RotateOptions, seed: Seed): Promise<Uint8Array> {
  const { rows, most = 1024 } = options;
  const model = decode(bytes);
  liftConstants(model);
  const cores = spelledCores(model);
  foldGains(model, cores);
  sweep(model);
  const skip = new Set(cores.flatMap(({ nodes }) => nodes));
  const { spaces } = await findSpaces(model, "mix", { rows, skip, ties: cores });
  const numbers = random(seed, "rotate");
  const free = spaces.filter(({ size, keepsOnes }) => size <= most && size > (keepsOnes ? 2 : 1));
  if (free.length === 0) throw nothingToDo("space that only linear maps touch");
  for (const space of free) {
    const matrix = (space.keepsOnes ? orthogonalKeepingOnes : orthogonal)(space.size, numbers);
    mix(model, space, () => ({ matrix, dual: matrix }));
  }
  return encode(model);
}
