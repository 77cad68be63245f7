import { derivePurpose } from "@indicia/proof/keys";
import { payloadCommitment } from "@indicia/proof/payload-commitment";

/** Commitment to a payload text under a nonce from the owner key, so that nothing further has to be kept. */
export function commitPayload(ownerKey: Uint8Array, text: string): string {
  return payloadCommitment(derivePurpose(ownerKey, "payload-nonce"), text);
}
