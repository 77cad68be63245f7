import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** Bytes of the owner key, of every sub-key, seed and stream key. */
export const KEY_BYTES = 32;

/** Sub-keys that a registration commits to. Each dispute may disclose one; 64 is more than a model's life needs. */
export const SUB_KEYS = 64;

/**
 * HKDF-SHA-256 (RFC 5869) with the context "indicia/1/PURPOSE". Every derivation names its purpose, so that no two
 * purposes ever share a key.
 *
 * @param secret 32 bytes
 * @returns 32 bytes
 */
export function derive(secret: Uint8Array, purpose: string, salt?: Uint8Array): Uint8Array {
  if (secret.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes, got ${secret.length}`);
  return hkdf(sha256, secret, salt, utf8ToBytes(`indicia/1/${purpose}`), KEY_BYTES);
}

/**
 * The i-th sub-key of an owner key (HKDF-SHA-256, RFC 5869, with a labelled context).
 *
 * @param index 0 .. SUB_KEYS - 1
 */
export function deriveSubKey(ownerKey: Uint8Array, index: number): Uint8Array {
  if (!Number.isInteger(index) || index < 0 || index >= SUB_KEYS) {
    throw new RangeError(`sub-key ${index} is not among the ${SUB_KEYS} committed ones`);
  }
  return derive(ownerKey, `sub-key/${index}`);
}

/** What else is derived from the owner key, apart from sub-keys. */
export type OwnerPurpose = "signing" | "signing-p256" | "payload-nonce" | "copy-nonces";

/** Secret bytes of the owner for one purpose: the seeds of the Ed25519 and P-256 signing keys, the nonce of commitments. */
export function derivePurpose(ownerKey: Uint8Array, purpose: OwnerPurpose): Uint8Array {
  return derive(ownerKey, purpose);
}

/**
 * The salt of every carrier: SHA-256 over the commitment and, where there is one, the beacon's randomness.
 *
 * @param commitment SHA-256 of the canonical registration, 32 bytes
 * @param beacon public randomness of a round at least an hour after the commitment's timestamp, or null
 */
export function carrierSalt(commitment: Uint8Array, beacon: Uint8Array | null): Uint8Array {
  if (commitment.length !== KEY_BYTES) throw new RangeError("a commitment has 32 bytes");
  // Without a beacon the salt is the commitment itself, which is the hash of the registration already.
  return beacon === null ? commitment : sha256(concatBytes(commitment, beacon));
}

/** The seed from which all carriers of one sub-key under one registration come. */
export function carrierSeed(subKey: Uint8Array, salt: Uint8Array): Uint8Array {
  return derive(subKey, "carrier", salt);
}

/** Key of the keystream behind one carrier label. Labels are injective: equal labels mean the same carrier. */
export function streamKey(seed: Uint8Array, label: string): Uint8Array {
  return derive(seed, `stream/${label}`);
}
