import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * Commitment to a payload text: SHA-256("indicia/1/payload" || 0x00 || nonce || text), hex. The nonce keeps short texts
 * from being guessed.
 *
 * @param nonce 32 bytes
 */
export function payloadCommitment(nonce: Uint8Array, text: string): string {
  return bytesToHex(sha256(concatBytes(utf8ToBytes("indicia/1/payload\0"), nonce, utf8ToBytes(text))));
}
