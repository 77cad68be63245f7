import { checkLocation } from "@indicia/onnx/external";
import type { Unlock } from "./age-keys.js";
import { type AuditOptions, codeOf, withAudit } from "./audit.js";
import { VaultError } from "./error.js";
import { objectBytes } from "./objects.js";
import { checkSignatures } from "./signatures.js";
import { modelNamed, readIndex, type StoredModel, writeIndex } from "./vault-index.js";

/** A model in memory, as a session takes it; no plain byte of it is on disk. */
export interface OpenedModel {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** SHA-256 of the model's file, hex. */
  readonly sha256: string;
  /** External data, by their locations in the model. */
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Whether a good signature covers every file. */
  readonly signed: boolean;
}

export interface OpenRequest extends AuditOptions {
  readonly name: string;
  readonly unlock: Unlock;
  /** P-256 public key that has to have signed the model, uncompressed point, hex; null for the one noted with it. */
  readonly signer?: string | null;
  /** Whether it is decrypted only to see that it can be; the log then says so. */
  readonly purpose?: "opened" | "checked";
}

/**
 * Decrypt a model into memory, for a gateway. That it is opened is logged first, and after it where that
 * failed; signature and hash of every file are
 * checked before it is returned.
 *
 * @throws VaultError VAULT_MISSING, VAULT_MODEL_UNKNOWN, VAULT_LOCKED_OUT, VAULT_OBJECT_MISSING, VAULT_OBJECT_CHANGED,
 *   VAULT_SIGNATURE_MISSING, VAULT_SIGNATURE_INVALID, VAULT_BUSY
 */
export async function openVaultModel(folder: string, request: OpenRequest): Promise<OpenedModel> {
  const { name, unlock, signer = null, purpose = "opened" } = request;
  await readIndex(folder);
  const stored = await withAudit(folder, request, async (audit) => {
    const index = await readIndex(folder);
    const found = modelNamed(index, name);
    checkSignatures(found, signer);
    await audit.note(purpose, { name, sha256: found.model.sha256 });
    await writeIndex(folder, { ...index, audit: audit.state });
    return found;
  });
  // Large models take long: others may use the vault meanwhile.
  try {
    return await decryptedNow(folder, stored, { unlock, signer });
  } catch (error) {
    await withAudit(folder, request, async (audit) => {
      await audit.note("failed", { name, action: purpose, code: codeOf(error) });
      await writeIndex(folder, { ...(await readIndex(folder)), audit: audit.state });
    });
    throw error;
  }
}

/** What is rotated meanwhile is read again where it lies by then. */
async function decryptedNow(folder: string, stored: StoredModel, how: Decryption): Promise<OpenedModel> {
  const { name } = stored;
  try {
    return await decrypted(folder, stored, how);
  } catch (error) {
    const now = modelNamed(await readIndex(folder), name);
    const rotated = now.model.object !== stored.model.object && now.model.sha256 === stored.model.sha256;
    if (!(error instanceof VaultError) || error.code !== "VAULT_OBJECT_MISSING" || !rotated) throw error;
    return await decrypted(folder, now, how);
  }
}

interface Decryption {
  readonly unlock: Unlock;
  readonly signer: string | null;
}

async function decrypted(
  folder: string,
  stored: StoredModel,
  { unlock, signer }: Decryption,
): Promise<OpenedModel> {
  const { name, model, external } = stored;
  const signed = checkSignatures(stored, signer);
  const externalData: { path: string; data: Uint8Array }[] = [];
  for (const file of external) {
    checkLocation(file.name);
    externalData.push({ path: file.name, data: await objectBytes(folder, file, unlock) });
  }
  const bytes = await objectBytes(folder, model, unlock);
  return { name, bytes, sha256: model.sha256, externalData, signed };
}
