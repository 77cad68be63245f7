import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { canonicalBytes } from "./canonical.js";
import { sign, type SignedPayload, verifySignature } from "./sign.js";

/** What a customer's signature covers is said in its type, so that it can never be shown as another. */
const BATCH_TYPE = "application/vnd.indicia.query-batch+json; version=1";

/** Queries that a customer fixes before seeing any answer to them. */
export interface QueryBatch {
  /** Commitment of the registration, hex. */
  readonly registration: string;
  readonly customer: string;
  /** SHA-256 of each query's canonical inputs, hex, in the order in which they may be asked again. */
  readonly queries: readonly string[];
}

/**
 * A customer's signature over a batch: Ed25519 over its canonical JSON (DSSE encoding), 128 hex digits.
 *
 * @param seed the customer's signing seed, 32 bytes
 * @throws EvidenceError KEY_INVALID
 */
export function signBatch(seed: Uint8Array, batch: QueryBatch): string {
  return bytesToHex(sign(seed, payloadOf(batch)));
}

/** Whether a batch was signed with a customer's key. Anything malformed was not. */
export function batchIsSigned(batch: QueryBatch, signature: string, signer: string): boolean {
  if (!/^[0-9a-f]{128}$/.test(signature) || !/^[0-9a-f]{64}$/.test(signer)) return false;
  return verifySignature(hexToBytes(signature), payloadOf(batch), hexToBytes(signer));
}

function payloadOf({ registration, customer, queries }: QueryBatch): SignedPayload {
  return { type: BATCH_TYPE, payload: canonicalBytes({ registration, customer, queries: [...queries] }) };
}
