import type { SignerSeeds } from "@indicia/evidence/signer-keys";
import { derivePurpose } from "@indicia/proof/keys";

/** The two keys that sign for an owner: Ed25519, which is registered, and P-256, which other programs ask for. */
export function signerSeeds(ownerKey: Uint8Array): SignerSeeds {
  return { ed25519: derivePurpose(ownerKey, "signing"), p256: derivePurpose(ownerKey, "signing-p256") };
}
