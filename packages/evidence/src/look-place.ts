import type { LookPlace } from "@indicia/proof/looks";
import type { ObservationFile } from "./observation-format.js";

/**
 * Where a look stands among those that its observation planned.
 *
 * @param position from 1
 */
export function lookPlace({ probes, looks }: ObservationFile, position: number): LookPlace {
  const planned = probes?.planned;
  if (planned === undefined) return { position, closing: null };
  return { position, closing: looks[position - 1]?.probes === planned };
}
