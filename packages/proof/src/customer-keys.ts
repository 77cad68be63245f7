import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { isCustomerId, MAX_ID_LENGTH } from "./customer-id.js";
import { derive } from "./keys.js";

/**
 * The sub-key behind everything that a gateway adds to its answers. It is exported by itself, so that a gateway never
 * holds the owner key, and a gateway that is broken into gives away no copy that was released.
 */
export const GATEWAY_SUB_KEY = 1;

/**
 * The sub-key of one customer: HKDF-SHA-256 of the gateway's sub-key under the label "customer/ID". Labels are
 * injective, so two customers never share a key.
 *
 * @param gatewaySubKey 32 bytes
 * @throws RangeError where the text is no id
 */
export function customerKey(gatewaySubKey: Uint8Array, id: string): Uint8Array {
  if (!isCustomerId(id)) throw new RangeError(`"${id.slice(0, MAX_ID_LENGTH)}" is no customer id`);
  return derive(gatewaySubKey, `customer/${id}`);
}

/**
 * What the customer register says of a customer's sub-key before it is used:
 * SHA-256("indicia/1/customer" || 0x00 || sub-key), hex.
 */
export function customerCommitment(key: Uint8Array): string {
  return bytesToHex(sha256(concatBytes(utf8ToBytes("indicia/1/customer\0"), key)));
}
