import { z } from "zod";
import { verifyDrandRound } from "./beacon-drand.js";
import { DRAND_SCHEMES, type DrandChain } from "./drand-chains.js";
import { canonicalBytes, sha256Hex } from "./canonical.js";
import { EvidenceError } from "./error.js";
import { hex32 } from "./scalars.js";

/**
 * What a registration says of the beacon that salts its carrier. It names the one round that counts: a round that
 * followed from timestamps would leave a choice to whoever asks an authority many times and keeps what suits him.
 */
export interface BeaconDemand {
  readonly kind: "drand";
  /** Hash by which the network is known, hex. */
  readonly chain: string;
  readonly scheme: DrandChain["scheme"];
  /** Group public key, hex. */
  readonly publicKey: string;
  /** Unix time of round 1, and seconds between rounds. */
  readonly genesis: number;
  readonly period: number;
  readonly round: number;
  /** Seconds by which every timestamp must precede the round. */
  readonly delay: number;
}

/** beacon.json: a published round. */
export interface BeaconRound {
  readonly version: 1;
  readonly kind: "indicia beacon";
  readonly chain: string;
  readonly round: number;
  readonly signature: string;
  /** Signature of the round before, in chains that sign it; else null. */
  readonly previous: string | null;
}

const hex: z.ZodType<string> = z.string().regex(/^([0-9a-f]{2}){1,200}$/);

export const beaconDemandSchema: z.ZodType<BeaconDemand> = z.strictObject({
  kind: z.literal("drand"),
  chain: hex32,
  scheme: z.enum(DRAND_SCHEMES),
  publicKey: hex,
  genesis: z
    .int()
    .min(0)
    .max(2 ** 40),
  period: z.int().min(1).max(86_400),
  round: z.int().min(1),
  delay: z.int().min(0).max(31_536_000),
});

export const beaconRoundSchema: z.ZodType<BeaconRound> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia beacon"),
  chain: hex32,
  round: z.int().min(1),
  signature: hex,
  previous: hex.nullable(),
});

/** Seconds between the last timestamp and the round: nobody can wait for a round and then date what suits it. */
export const BEACON_DELAY = 3600;
/** Seconds in which timestamps may be asked for, after the registration was made. */
export const TIMESTAMP_WINDOW = 600;

/** The demand of a registration made now: the first round after the window and the delay. */
export function demandBeacon(chain: DrandChain, made: Date): BeaconDemand {
  const { hash: name, scheme, publicKey, genesis, period } = chain;
  const earliest = Math.ceil(made.getTime() / 1000) + TIMESTAMP_WINDOW + BEACON_DELAY;
  const round = Math.max(1, Math.ceil((earliest - genesis) / period) + 1);
  return { kind: "drand", chain: name, scheme, publicKey, genesis, period, round, delay: BEACON_DELAY };
}

/** When a round is published. */
export function roundTime({ genesis, period, round }: BeaconDemand): Date {
  return new Date((genesis + (round - 1) * period) * 1000);
}

/** Latest time of a timestamp under a demand. */
export function latestTimestamp(demand: BeaconDemand): Date {
  return new Date(roundTime(demand).getTime() - demand.delay * 1000);
}

/**
 * The randomness of a published round, 32 bytes: SHA-256 of its signature, once that is good.
 *
 * @throws EvidenceError BEACON_ROUND (another chain or round than the one demanded), BEACON_SIGNATURE
 */
export function verifiedRandomness(demand: BeaconDemand, found: BeaconRound): Uint8Array {
  if (found.chain !== demand.chain || found.round !== demand.round) {
    throw new EvidenceError(
      "BEACON_ROUND",
      `this is round ${found.round} of ${found.chain.slice(0, 8)}, not round ${demand.round} of ${demand.chain.slice(0, 8)}`,
      "Give the round that the registration names.",
    );
  }
  return verifyDrandRound(demand, found);
}

/** Canonical bytes of beacon.json, and their hash for the chain of the registration. */
export function beaconBytes(round: BeaconRound): { readonly bytes: Uint8Array; readonly sha256: string } {
  const bytes = canonicalBytes(round);
  return { bytes, sha256: sha256Hex(bytes) };
}
