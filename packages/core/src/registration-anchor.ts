import { ANCHOR_FILES, anchorFileNames, registeredRoots, verifiedTimestamps } from "@indicia/evidence/anchor";
import {
  type BeaconDemand,
  beaconRoundSchema,
  roundTime,
  verifiedRandomness,
} from "@indicia/evidence/beacon";
import { readDocument } from "@indicia/evidence/document";
import { CoreError } from "./error.js";
import { readFolderFile } from "./folder.js";
import type { Registration } from "./registration.js";

/**
 * Hold the timestamps and the beacon in a registration's folder against what it demands, and take up the randomness.
 * A round that is still to come is no fault; a timestamp that is missing or bad is.
 *
 * @throws EvidenceError TIMESTAMP_MISSING and all others of timestamps, BEACON_MALFORMED, BEACON_ROUND, BEACON_SIGNATURE
 */
export async function withAnchor(folder: string, registration: Registration): Promise<Registration> {
  const { anchor: demand } = registration.file;
  if (demand === undefined) return registration;
  const files = new Map<string, Uint8Array>();
  for (const name of anchorFileNames(demand)) {
    const bytes = await readFolderFile(folder, name);
    if (bytes !== null) files.set(name, bytes);
  }
  const find = (name: string): Uint8Array | null => files.get(name) ?? null;
  const roots = registeredRoots(demand, find(ANCHOR_FILES.roots));
  verifiedTimestamps({ demand, commitment: registration.commitment, find, roots });
  const bytes = find(ANCHOR_FILES.beacon);
  if (demand.beacon === null || bytes === null) return registration;
  const form = { name: ANCHOR_FILES.beacon, schema: beaconRoundSchema, code: "BEACON_MALFORMED" } as const;
  return { ...registration, randomness: verifiedRandomness(demand.beacon, readDocument(bytes, form)) };
}

/**
 * That a round is still to come, and when.
 *
 * @param what waits for it, in words
 */
export function beaconPending(demand: BeaconDemand, what: string): CoreError {
  const due = roundTime(demand).toISOString();
  return new CoreError(
    "BEACON_PENDING",
    `${what} waits for round ${demand.round} of the beacon, which is due at ${due}`,
    "Go on after that time; the round is fetched then, or given with --beacon FILE.",
  );
}
