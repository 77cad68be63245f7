import type { ListedAttack } from "./attack.js";
import { COMPRESSION } from "./tiers/compression.js";
import { FORMAT } from "./tiers/format.js";
import { INVARIANCE } from "./tiers/invariance.js";
import { TARGETED } from "./tiers/targeted.js";
import { TUNING } from "./tiers/tuning.js";

/** What thieves do, tier by tier; a new attack adds an entry to the list of its tier. */
export const ATTACKS: readonly ListedAttack[] = [
  ...FORMAT,
  ...COMPRESSION,
  ...TUNING,
  ...INVARIANCE,
  ...TARGETED,
];
