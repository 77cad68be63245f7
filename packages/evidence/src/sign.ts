import { ed25519 } from "@noble/curves/ed25519.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { EvidenceError } from "./error.js";

/** Bytes of a signing seed and of a public key (RFC 8032, section 5.1.5). */
export const SIGNING_KEY_BYTES = 32;
/** Bytes of a signature (RFC 8032, section 5.1.6). */
export const SIGNATURE_BYTES = 64;

/** What is signed, and as what: a signature over one type can never be shown as one over another. */
export interface SignedPayload {
  readonly type: string;
  readonly payload: Uint8Array;
}

/**
 * Public key of a 32-byte seed (Ed25519, RFC 8032, section 5.1.5), 32 bytes.
 *
 * @throws EvidenceError KEY_INVALID
 */
export function publicKey(seed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(checkedSeed(seed));
}

/**
 * The bytes that are signed: "DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload, lengths in decimal (DSSE v1.0
 * protocol, pre-authentication encoding).
 */
export function preAuthenticationEncoding({ type, payload }: SignedPayload): Uint8Array {
  const typeBytes = utf8ToBytes(type);
  return concatBytes(
    utf8ToBytes(`DSSEv1 ${typeBytes.length} `),
    typeBytes,
    utf8ToBytes(` ${payload.length} `),
    payload,
  );
}

/**
 * Sign a payload with its type: Ed25519 over the pre-authentication encoding, 64 bytes, the same each time.
 *
 * @throws EvidenceError KEY_INVALID
 */
export function sign(seed: Uint8Array, signed: SignedPayload): Uint8Array {
  return signBytes(seed, preAuthenticationEncoding(signed));
}

/** Whether a signature over a payload and its type was made with the key; strict as `verifyBytes`. */
export function verifySignature(signature: Uint8Array, signed: SignedPayload, key: Uint8Array): boolean {
  return verifyBytes(signature, preAuthenticationEncoding(signed), key);
}

/**
 * Plain Ed25519 (RFC 8032, section 5.1.6) over bytes as they are. For evidence use `sign`, which names what it signs.
 *
 * @throws EvidenceError KEY_INVALID
 */
export function signBytes(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return ed25519.sign(message, checkedSeed(seed));
}

/**
 * Whether an Ed25519 signature is good. Strict: one encoding of every point, S below the group order, no key of small
 * order (RFC 8032, section 5.1.7), so that nobody can vary a valid signature.
 *
 * @param signature 64 bytes
 * @param key 32 bytes
 */
export function verifyBytes(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || key.length !== SIGNING_KEY_BYTES) return false;
  return ed25519.verify(signature, message, key, { zip215: false });
}

function checkedSeed(seed: Uint8Array): Uint8Array {
  if (seed.length === SIGNING_KEY_BYTES) return seed;
  throw new EvidenceError(
    "KEY_INVALID",
    `a signing seed has 32 bytes, not ${seed.length}`,
    "Give the derived seed.",
  );
}
