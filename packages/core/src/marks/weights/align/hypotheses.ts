import { asInput, type AxisMap, identityMap, repeated } from "./axis-map.js";

/** Different orders of a flattened dimension are tried up to this many positions per channel. */
const MAX_POSITIONS = 4096;

/** What was learnt of a dimension, under a number of its own: newer knowledge does not change what a number means. */
export interface KnownMap {
  readonly id: number;
  readonly map: AxisMap;
}

/** Put a map first, where it is tried before older ones. */
export function remember(known: KnownMap[], map: AxisMap): void {
  known.unshift({ id: known.length, map });
}

/** Every way in which a dimension of the reference may appear as one of the suspect's, as far as is known by now. */
export function* hypotheses(
  known: readonly KnownMap[],
  size: number,
  suspectSize: number,
): Generator<[string, AxisMap]> {
  if (size === suspectSize) yield ["identity", identityMap(size, suspectSize)];
  for (const { id, map } of known) {
    if (map.mixing !== undefined) {
      if (map.size === size && suspectSize === size) yield [`${id} mixed`, map];
      continue;
    }
    const times = size / map.size;
    if (!Number.isInteger(times) || times > MAX_POSITIONS || map.suspectSize * times !== suspectSize)
      continue;
    for (const scales of ["inverse", "signs"] as const) {
      const input = asInput(map, scales);
      if (times === 1) yield [`${id} ${scales}`, input];
      else
        for (const order of ["blocks", "interleaved"] as const)
          yield [`${id} ${scales} ${order}`, repeated(input, times, order)];
    }
  }
}
