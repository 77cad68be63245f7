import { derivePurpose } from "@indicia/proof/keys";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * Commitment to a payload text: SHA-256("indicia/1/payload" || 0x00 || nonce || text). The nonce comes from the owner
 * key, so that short texts cannot be guessed from the registration, and nothing further has to be kept.
 */
export function commitPayload(ownerKey: Uint8Array, text: string): string {
  const nonce = derivePurpose(ownerKey, "payload-nonce");
  return bytesToHex(sha256(concatBytes(utf8ToBytes("indicia/1/payload\0"), nonce, utf8ToBytes(text))));
}
