import { z } from "zod";
import { DRAND_SCHEMES, type DrandChain } from "./drand-chains.js";
import type { BeaconRound } from "./beacon.js";
import { parseJson } from "./canonical.js";
import { EvidenceError } from "./error.js";

/** Longest answer of a relay that is read. */
export const MAX_BEACON_BYTES: number = 2 ** 16;

const hex: z.ZodType<string> = z
  .string()
  .max(400)
  .regex(/^([0-9a-fA-F]{2})+$/)
  .transform((text) => text.toLowerCase());

/** What drand's HTTP interface says at `/HASH/info`. */
const info = z.object({
  public_key: hex,
  period: z.int().min(1).max(86_400),
  genesis_time: z
    .int()
    .min(0)
    .max(2 ** 40),
  hash: hex.refine((text) => text.length === 64),
  schemeID: z.enum(DRAND_SCHEMES),
});

/** What it says at `/HASH/public/ROUND`; the randomness follows from the signature. */
const answer = z.object({
  round: z.int().min(1),
  signature: hex,
  previous_signature: hex.or(z.literal("")).optional(),
});

/**
 * A chain other than the known ones, as its relays describe it.
 *
 * @throws EvidenceError BEACON_CHAIN
 */
export function readDrandChain(bytes: Uint8Array): DrandChain {
  const found = read(info, bytes);
  if (found === null) {
    throw new EvidenceError(
      "BEACON_CHAIN",
      "this does not describe a drand chain that can be verified",
      `Give what a relay says at /CHAIN/info; schemes are ${DRAND_SCHEMES.join(" and ")}.`,
    );
  }
  const { hash, schemeID: scheme, public_key: publicKey, genesis_time: genesis, period } = found;
  return { hash, scheme, publicKey, genesis, period };
}

/**
 * A round as relays give it, unverified.
 *
 * @param chain hash of the chain that was asked, hex
 * @throws EvidenceError BEACON_MALFORMED
 */
export function readDrandRound(bytes: Uint8Array, chain: string): BeaconRound {
  const found = read(answer, bytes);
  if (found === null) {
    throw new EvidenceError(
      "BEACON_MALFORMED",
      "this is no round of a drand chain",
      "Give what a relay says at /CHAIN/public/ROUND.",
    );
  }
  const { round, signature, previous_signature: previous = "" } = found;
  return {
    version: 1,
    kind: "indicia beacon",
    chain,
    round,
    signature,
    previous: previous === "" ? null : previous,
  };
}

function read<T>(schema: z.ZodType<T>, bytes: Uint8Array): T | null {
  if (bytes.length > MAX_BEACON_BYTES) return null;
  try {
    const parsed = schema.safeParse(parseJson(bytes));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
