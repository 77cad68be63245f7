import type { Baseline } from "./baseline.js";
import { cosWm } from "./coswm.js";
import { DAWN } from "./dawn.js";
import { marginFingerprint } from "./margin-fingerprint.js";
import { RANDOM_KEYS } from "./rank.js";
import { triggerSet } from "./trigger-set.js";

/**
 * Methods from the literature that a mark is compared with; a new one adds an entry.
 *
 * @param randomKeys with how many a score is ranked, for those that have no exact p
 */
export function baselines(randomKeys: number = RANDOM_KEYS): readonly Baseline[] {
  return [
    cosWm({ randomKeys }),
    cosWm({ randomKeys, residual: true }),
    DAWN,
    triggerSet(),
    marginFingerprint({ randomKeys }),
  ];
}
