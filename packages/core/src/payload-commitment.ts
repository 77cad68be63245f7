import { derive, derivePurpose } from "@indicia/proof/keys";
import { payloadCommitment } from "@indicia/proof/payload-commitment";

/** Commitment to a payload text under a nonce from the owner key, so that nothing further has to be kept. */
export function commitPayload(ownerKey: Uint8Array, text: string): string {
  return payloadCommitment(derivePurpose(ownerKey, "payload-nonce"), text);
}

/**
 * Commitment to what one marked copy was told, a text or a name, under a nonce of its own: the list of copies goes into
 * every evidence, and who has which copy is nobody's business until the owner opens it.
 *
 * @param copy SHA-256 of the marked copy, hex
 */
export function commitOfCopy(
  ownerKey: Uint8Array,
  copy: string,
  what: "payload" | "customer",
  text: string,
): string {
  return payloadCommitment(derive(derivePurpose(ownerKey, "copy-nonces"), `${what}/${copy}`), text);
}
