import { hexToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import { type BeaconDemand, beaconDemandSchema, latestTimestamp, roundTime } from "./beacon.js";
import { altered, EvidenceError } from "./error.js";
import { type VerifiedTimestamp, verifyTimestamp } from "./timestamp-verify.js";
import { certificatesOfPem, type ReadCertificate } from "./x509-certificate.js";
import { hex32 } from "./scalars.js";

/** An authority that must have dated a registration. */
export interface DemandedTimestamp {
  /** Its address, without secrets. */
  readonly authority: string;
  /** Whether whoever registered says that it is a qualified service; nothing here looks that up. */
  readonly qualified: boolean;
}

/** What ties a registration to clocks and chance that are not its owner's. */
export interface AnchorDemand {
  /** All of them have to hold; none where empty. */
  readonly timestamps: DemandedTimestamp[];
  /** SHA-256 of the certificates to which the authorities lead, in the order of roots.pem; empty where none was given. */
  readonly roots: string[];
  readonly beacon: BeaconDemand | null;
}

/** Most authorities of a registration, and most roots. */
const MAX_AUTHORITIES = 16;
const MAX_ROOTS = 256;

export const anchorSchema: z.ZodType<AnchorDemand> = z.strictObject({
  timestamps: z
    .array(z.strictObject({ authority: z.string().max(4096), qualified: z.boolean() }))
    .max(MAX_AUTHORITIES),
  roots: z.array(hex32).max(MAX_ROOTS),
  beacon: beaconDemandSchema.nullable(),
});

/** Files of a registration that keep its demand, by the names that folder and bundle share. */
export const ANCHOR_FILES = {
  roots: "timestamps/roots.pem",
  beacon: "beacon.json",
  timestamp: (index: number): string => `timestamps/${index}.tsr`,
} as const;

/** Every name under which an anchor keeps a file, whether it is there or not. */
export function anchorFileNames(demand: AnchorDemand | undefined): string[] {
  if (demand === undefined) return [];
  return [
    ...demand.timestamps.map((_, index) => ANCHOR_FILES.timestamp(index)),
    ...(demand.roots.length > 0 ? [ANCHOR_FILES.roots] : []),
    ...(demand.beacon === null ? [] : [ANCHOR_FILES.beacon]),
  ];
}

/**
 * The roots that were registered.
 *
 * @param pem roots.pem, or null where there is none
 * @throws EvidenceError TIMESTAMP_CHAIN, CERTIFICATE_MALFORMED
 */
export function registeredRoots(demand: AnchorDemand, pem: Uint8Array | null): ReadCertificate[] {
  const roots = pem === null ? [] : certificatesOfPem(new TextDecoder().decode(pem));
  if (roots.map(({ sha256 }) => sha256).join() === demand.roots.join()) return roots;
  throw altered("TIMESTAMP_CHAIN", "roots.pem does not hold the roots that were registered");
}

export interface TimestampSet {
  readonly demand: AnchorDemand;
  /** Hash of registration.json, hex. */
  readonly commitment: string;
  readonly find: (name: string) => Uint8Array | null;
  readonly roots: readonly ReadCertificate[];
}

/**
 * Every timestamp that the registration demands, each held against its commitment and early enough for the beacon.
 *
 * @throws EvidenceError TIMESTAMP_MISSING, TIMESTAMP_LATE and all of `verifyTimestamp`
 */
export function verifiedTimestamps({ demand, commitment, find, roots }: TimestampSet): VerifiedTimestamp[] {
  return demand.timestamps.map(({ authority }, index) => {
    const bytes = find(ANCHOR_FILES.timestamp(index));
    if (bytes === null) throw altered("TIMESTAMP_MISSING", `the timestamp of ${authority} is missing`);
    const found = verifyTimestamp(bytes, { imprint: hexToBytes(commitment), roots });
    requireEarly(demand, found, authority);
    return found;
  });
}

/** @throws EvidenceError TIMESTAMP_LATE */
export function requireEarly(demand: AnchorDemand, found: VerifiedTimestamp, authority: string): void {
  const { beacon } = demand;
  if (beacon === null) return;
  const latest = Date.parse(found.time) + (found.accuracyMs ?? 0);
  if (latest <= latestTimestamp(beacon).getTime()) return;
  throw new EvidenceError(
    "TIMESTAMP_LATE",
    `${authority} dated it ${found.time}, less than ${beacon.delay} seconds before round ${beacon.round} (${roundTime(beacon).toISOString()})`,
    "Register again.",
  );
}
