import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { toBase64 } from "./base64.js";
import { EvidenceError } from "./error.js";

/** SubjectPublicKeyInfo of a P-256 point (RFC 5480, section 2), up to the 65 bytes of the uncompressed point. */
const P256_PREFIX = hexToBytes("3059301306072a8648ce3d020106082a8648ce3d030107034200");
/** SubjectPublicKeyInfo of an Ed25519 key (RFC 8410, section 4), up to its 32 bytes. */
const ED25519_PREFIX = hexToBytes("302a300506032b6570032100");

/**
 * ECDSA P-256 secret of a 32-byte seed: the seed itself, or where it is no scalar below the group order, which happens
 * once in 2^32, the first of its repeated hashes that is.
 *
 * @throws EvidenceError KEY_INVALID
 */
function secretOf(seed: Uint8Array): Uint8Array {
  if (seed.length !== 32)
    throw new EvidenceError("KEY_INVALID", `a signing seed has 32 bytes, not ${seed.length}`, "Derive it.");
  let secret = seed;
  while (!p256.utils.isValidSecretKey(secret)) secret = sha256(secret);
  return secret;
}

/** Public key of a seed: the uncompressed point, 65 bytes. @throws EvidenceError KEY_INVALID */
export function p256PublicKey(seed: Uint8Array): Uint8Array {
  return p256.getPublicKey(secretOf(seed), false);
}

/** ECDSA over SHA-256 of a message with the nonce of RFC 6979, so the same each time; ASN.1 DER. */
export function signP256(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return p256.sign(message, secretOf(seed), { format: "der", lowS: true });
}

/** Whether a DER signature over SHA-256 of a message was made with the key. Anything malformed was not. */
export function verifyP256(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return p256.verify(signature, message, publicKey, { format: "der", lowS: true });
  } catch {
    return false;
  }
}

/** Public key as other programs read it: PEM of its SubjectPublicKeyInfo. */
export function p256Pem(publicKey: Uint8Array): string {
  return pem(concatBytes(P256_PREFIX, publicKey));
}

/** The same for an Ed25519 key of 32 bytes. */
export function ed25519Pem(publicKey: Uint8Array): string {
  return pem(concatBytes(ED25519_PREFIX, publicKey));
}

/** RFC 7468, section 13. */
function pem(spki: Uint8Array): string {
  const lines = toBase64(spki).match(/.{1,64}/g) ?? [];
  return ["-----BEGIN PUBLIC KEY-----", ...lines, "-----END PUBLIC KEY-----", ""].join("\n");
}
