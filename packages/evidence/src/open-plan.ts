import { ANCHOR_FILES, anchorFileNames, registeredRoots, verifiedTimestamps } from "./anchor.js";
import { BEACON_DELAY, beaconRoundSchema, roundTime, verifiedRandomness } from "./beacon.js";
import { type Sha256, sha256Hex } from "./canonical.js";
import { readDocument } from "./document.js";
import { altered, EvidenceError } from "./error.js";
import { type HashedPlan, PLAN_NAME, readPlan } from "./plan.js";
import type { VerifiedTimestamp } from "./timestamp-verify.js";

/** A plan whose timestamps and beacon hold. */
export interface OpenedPlan {
  readonly plan: HashedPlan;
  /** One for each authority that it names. */
  readonly timestamps: readonly VerifiedTimestamp[];
  /** SHA-256 of each timestamp as it came, hex. */
  readonly tokens: readonly string[];
  /** Of its round, 32 bytes; null where it names none, or where it may wait and is not there. */
  readonly randomness: Uint8Array | null;
}

export interface OpenPlanOptions {
  readonly sha256?: Sha256;
  /** Whether the round of the beacon may still be to come. */
  readonly mayWait?: boolean;
}

/**
 * Read a plan and hold everything that it demands against it.
 *
 * @param find a file of the plan's folder by its name
 * @returns null where there is no plan.json
 * @throws EvidenceError PLAN_MALFORMED, PLAN_BEACON_EARLY, TIMESTAMP_MISSING, TIMESTAMP_LATE and others of timestamps,
 *   BEACON_MISSING, BEACON_UNEXPECTED and others of beacons
 */
export function openPlan(
  find: (name: string) => Uint8Array | null,
  options: OpenPlanOptions = {},
): OpenedPlan | null {
  const { sha256, mayWait = false } = options;
  const bytes = find(PLAN_NAME);
  if (bytes === null) return null;
  const plan = readPlan(bytes, sha256);
  const demand = plan.file.anchor;
  if (demand === undefined) return { plan, timestamps: [], tokens: [], randomness: null };
  requireLateRound(plan);
  const own = registeredRoots(demand, find(ANCHOR_FILES.roots));
  const commitment = plan.sha256;
  const timestamps = verifiedTimestamps({ demand, commitment, find, roots: own });
  const tokens = demand.timestamps.map((_, i) =>
    sha256Hex(find(ANCHOR_FILES.timestamp(i)) ?? new Uint8Array(0), sha256),
  );
  return { plan, timestamps, tokens, randomness: randomnessOf(plan, find(ANCHOR_FILES.beacon), mayWait) };
}

/** Names that the folder of a plan may hold. */
export function planFileNames({ file }: HashedPlan): string[] {
  return [PLAN_NAME, ...anchorFileNames(file.anchor)];
}

function randomnessOf({ file }: HashedPlan, bytes: Uint8Array | null, mayWait: boolean): Uint8Array | null {
  const demand = file.anchor?.beacon ?? null;
  if (demand === null) {
    if (bytes === null) return null;
    throw altered("BEACON_UNEXPECTED", "the plan does not ask for a beacon");
  }
  if (bytes === null) {
    if (mayWait) return null;
    throw altered("BEACON_MISSING", `round ${demand.round}, which draws the probes, is missing`);
  }
  const form = {
    name: "the plan's beacon.json",
    schema: beaconRoundSchema,
    code: "BEACON_MALFORMED",
  } as const;
  return verifiedRandomness(demand, readDocument(bytes, form));
}

/** Whoever plans may not know the round, however his clock goes. */
function requireLateRound({ file: { anchor, created } }: HashedPlan): void {
  const beacon = anchor?.beacon ?? null;
  if (beacon === null) return;
  const early = roundTime(beacon).getTime() - BEACON_DELAY * 1000 < Date.parse(created);
  if (beacon.delay >= BEACON_DELAY && !early) return;
  throw new EvidenceError(
    "PLAN_BEACON_EARLY",
    `round ${beacon.round} (${roundTime(beacon).toISOString()}) comes less than an hour after the plan of ${created}`,
    "Plan again.",
  );
}
