import { mkdir } from "node:fs/promises";
import path from "node:path";
import { checkLocation } from "@indicia/onnx/external";
import type { Unlock } from "./age-keys.js";
import { copyOut, targetsOf } from "./copy-out.js";
import { checkSignatures } from "./signatures.js";
import { modelNamed, type StoredModel, type VaultIndex } from "./vault-index.js";

/** A marked copy. */
export interface Marked {
  /** SHA-256 of the model's file, hex. */
  readonly sha256: string;
  /** Files beside it, by name. */
  readonly external: readonly string[];
}

/** Makes a copy of the recipient's own. */
export interface Marking {
  readonly payload: string | null;
  /** Reads the model at `from`, writes `to` (with external data of its own beside it) and says what the copy is. */
  readonly write: (from: string, to: string) => Promise<Marked>;
}

/**
 * A model that may leave the vault: signed by whom it has to be, with no file that would lie outside its folder.
 *
 * @throws VaultError VAULT_MODEL_UNKNOWN, those of `checkSignatures`; whatever `checkLocation` throws
 */
export function modelToHandOut(index: VaultIndex, name: string, signer: string | null): StoredModel {
  const stored = modelNamed(index, name);
  checkSignatures(stored, signer);
  for (const { name: location } of stored.external) checkLocation(location);
  return stored;
}

/**
 * Decrypt a model into a folder and mark a copy of it there. Whoever made the folder removes it, and the plain model with it.
 *
 * @param how.name file name of the copy
 * @returns the copy, and the folder that it and the files beside it lie in
 * @throws VaultError as `copyOut`; whatever marking throws
 */
export async function markCopy(
  folder: string,
  stored: StoredModel,
  {
    unlock,
    scratch,
    name,
    write,
  }: { readonly unlock: Unlock; readonly scratch: string; readonly name: string } & Pick<Marking, "write">,
): Promise<Marked & { readonly beside: string }> {
  const [plain, beside] = [path.join(scratch, "plain"), path.join(scratch, "marked")];
  for (const each of [plain, beside]) await mkdir(each, { mode: 0o700 });
  const from = path.join(plain, stored.model.name);
  const targets = targetsOf(stored, { out: from, encryptTo: null });
  await copyOut(folder, targets, { unlock, encryptTo: null });
  return { ...(await write(from, path.join(beside, name))), beside };
}
