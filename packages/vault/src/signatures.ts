import { createPublicKey } from "node:crypto";
import { fromBase64 } from "@indicia/evidence/base64";
import { EvidenceError } from "@indicia/evidence/error";
import { checkModelSignature } from "@indicia/evidence/model-signature";
import { VaultError } from "./error.js";
import type { StoredFile, StoredModel } from "./vault-index.js";

/** P-256 public key of a PEM text: uncompressed point, hex. @throws VaultError VAULT_SIGNATURE_INVALID */
export function pointOfPem(pem: string): string {
  try {
    const { crv, x, y } = createPublicKey(pem).export({ format: "jwk" });
    if (crv === "P-256" && typeof x === "string" && typeof y === "string")
      return `04${Buffer.from(x, "base64url").toString("hex")}${Buffer.from(y, "base64url").toString("hex")}`;
  } catch {
    // Whatever is wrong with it, it is no such key.
  }
  throw new VaultError(
    "VAULT_SIGNATURE_INVALID",
    "this is no P-256 public key in PEM",
    "Give keys/p256.pem.",
  );
}

/**
 * Hold a model's files against their OpenSSF signatures.
 *
 * @param signer key that has to have signed, hex; null for the one that was given when the model was added
 * @returns whether every file is signed
 * @throws VaultError VAULT_SIGNATURE_MISSING where a signer is demanded and did not sign the model, VAULT_SIGNATURE_INVALID
 */
export function checkSignatures(
  { name, model, external, signer: noted }: Pick<StoredModel, "name" | "model" | "external" | "signer">,
  signer: string | null,
): boolean {
  const key = signer ?? noted;
  if (key === null) return false;
  if (model.signature === null)
    throw new VaultError(
      "VAULT_SIGNATURE_MISSING",
      `the model ${JSON.stringify(name)} is not signed`,
      "Add it with --signature and --signer-key, or with the owner's --key.",
    );
  for (const file of [model, ...external]) checkFile(file, key);
  return external.every(({ signature }) => signature !== null);
}

function checkFile({ name, sha256, signature }: StoredFile, key: string): void {
  if (signature === null) return;
  try {
    checkModelSignature(fromBase64(signature), sha256, Buffer.from(key, "hex"));
  } catch (cause) {
    if (!(cause instanceof EvidenceError)) throw cause;
    throw new VaultError(
      "VAULT_SIGNATURE_INVALID",
      `the signature of ${JSON.stringify(name)} is not this key's over this file`,
      "Check which key signs your models; do not serve this one.",
      { cause },
    );
  }
}
