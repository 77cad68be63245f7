import { bls12_381 } from "@noble/curves/bls12-381.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { DRAND_CHAINS, type DrandChain } from "./drand-chains.js";
import { EvidenceError } from "./error.js";

/** Domains of the hashes onto the curve (RFC 9380); drand's chained scheme predates that document and shares its name. */
const G1_DOMAIN = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
const G2_DOMAIN = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_";

/**
 * The randomness of a round: SHA-256 of its signature, after the signature was held against the group's key. A BLS
 * signature is unique, so nobody can choose among several for one round.
 *
 * @returns 32 bytes
 * @throws EvidenceError BEACON_SIGNATURE
 */
export function verifyDrandRound(
  { scheme, publicKey }: Pick<DrandChain, "scheme" | "publicKey">,
  round: { readonly round: number; readonly signature: string; readonly previous: string | null },
): Uint8Array {
  const signature = hexToBytes(round.signature);
  const chained = scheme === "pedersen-bls-chained";
  if (chained === (round.previous !== null) && isGood(chained)) return sha256(signature);
  throw new EvidenceError(
    "BEACON_SIGNATURE",
    `the signature of round ${round.round} is not good under the chain's key`,
    "Get the round again from a relay of the network.",
  );

  function isGood(long: boolean): boolean {
    const message = drandMessage(round.round, round.previous);
    try {
      if (long) {
        const { longSignatures: bls } = bls12_381;
        return bls.verify(signature, bls.hash(message, G2_DOMAIN), hexToBytes(publicKey));
      }
      const { shortSignatures: bls } = bls12_381;
      return bls.verify(signature, bls.hash(message, G1_DOMAIN), hexToBytes(publicKey));
    } catch {
      // What is no point of the curve, or not of the right group, is no signature.
      return false;
    }
  }
}

/** What a round signs: SHA-256 of the previous signature, where there is one, and of the round's number, big-endian. */
export function drandMessage(round: number, previous: string | null): Uint8Array {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(round));
  return sha256(previous === null ? number : concatBytes(hexToBytes(previous), number));
}

/** A chain in words. Whoever describes a chain of his own may hold all of its key, so it matters which one it is. */
export function chainWords({ chain }: { readonly chain: string }): string {
  const known = Object.values(DRAND_CHAINS).some(({ hash }) => hash === chain);
  return `drand chain ${chain.slice(0, 16)} (${known ? "of the League of Entropy" : "not one that is known here"})`;
}
