import { asInput, type AxisMap, identityMap, repeated } from "./axis-map.js";

/** Different orders of a flattened dimension are tried up to this many positions per channel. */
const MAX_POSITIONS = 4096;

/** Every way in which a dimension of the reference may appear as one of the suspect's, as far as is known by now. */
export function* hypotheses(
  maps: readonly AxisMap[],
  size: number,
  suspectSize: number,
): Generator<[string, AxisMap]> {
  if (size === suspectSize) yield ["identity", identityMap(size, suspectSize)];
  for (const [at, map] of maps.entries()) {
    if (map.mixing !== undefined) {
      if (map.size === size && suspectSize === size) yield [`${at} mixed`, map];
      continue;
    }
    const times = size / map.size;
    if (!Number.isInteger(times) || times > MAX_POSITIONS || map.suspectSize * times !== suspectSize)
      continue;
    for (const scales of ["inverse", "signs"] as const) {
      const input = asInput(map, scales);
      if (times === 1) yield [`${at} ${scales}`, input];
      else
        for (const order of ["blocks", "interleaved"] as const)
          yield [`${at} ${scales} ${order}`, repeated(input, times, order)];
    }
  }
}
