import { bls12_381 } from "@noble/curves/bls12-381.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";

/** As `DrandChain` of the evidence, which this package must not know. */
interface LocalChain {
  readonly hash: string;
  readonly scheme: "bls-unchained-g1-rfc9380";
  readonly publicKey: string;
  readonly genesis: number;
  readonly period: number;
}

/** A drand chain with one known secret: what a network signs together, this one signs alone. */
export function localChain(period: number): {
  readonly chain: LocalChain;
  /** What a relay says at `/info`. */
  readonly info: Uint8Array;
  /** What a relay says of a round. */
  readonly publish: (round: number) => Uint8Array;
} {
  const { shortSignatures: bls } = bls12_381;
  const secret = sha256(new TextEncoder().encode("local chain"));
  const chain: LocalChain = {
    hash: bytesToHex(sha256(secret)),
    scheme: "bls-unchained-g1-rfc9380",
    publicKey: bls.getPublicKey(secret).toHex(true),
    genesis: 1_700_000_000,
    period,
  };
  const { hash, scheme, publicKey, genesis } = chain;
  const info = { hash, schemeID: scheme, public_key: publicKey, genesis_time: genesis, period };
  return {
    chain,
    info: new TextEncoder().encode(JSON.stringify(info)),
    publish(round) {
      const number = new Uint8Array(8);
      new DataView(number.buffer).setBigUint64(0, BigInt(round));
      const point = bls.sign(bls.hash(sha256(number), "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"), secret);
      const signature = point.toHex(true);
      const randomness = bytesToHex(sha256(hexToBytes(signature)));
      return new TextEncoder().encode(JSON.stringify({ round, randomness, signature }));
    },
  };
}
