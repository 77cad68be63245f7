import { bls12_381 } from "@noble/curves/bls12-381.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { EvidenceError } from "./error.js";

/** Schemes of drand: signatures in G1 over the round alone, and in G2 over the round and the signature before. */
export const DRAND_SCHEMES = ["bls-unchained-g1-rfc9380", "pedersen-bls-chained"] as const;

/** What is known of a drand network beforehand. */
export interface DrandChain {
  readonly hash: string;
  readonly scheme: (typeof DRAND_SCHEMES)[number];
  readonly publicKey: string;
  readonly genesis: number;
  readonly period: number;
}

/** The League of Entropy's networks: `drand` is quicknet, a round every three seconds. */
export const DRAND_CHAINS: Readonly<Record<"drand" | "drand-default", DrandChain>> = {
  drand: {
    hash: "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    scheme: "bls-unchained-g1-rfc9380",
    publicKey:
      "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c" +
      "8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb" +
      "5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
    genesis: 1_692_803_367,
    period: 3,
  },
  "drand-default": {
    hash: "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
    scheme: "pedersen-bls-chained",
    publicKey:
      "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31",
    genesis: 1_595_431_050,
    period: 30,
  },
};

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
