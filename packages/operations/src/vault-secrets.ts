import { readFile } from "node:fs/promises";
import type { Lock, Unlock } from "@indicia/vault/age-keys";
import { readIdentities, readPassphrase } from "@indicia/vault/key-source";
import { pointOfPem } from "@indicia/vault/signatures";
import type { Context } from "./context.js";
import type { VaultLock, VaultSecret } from "./vault-options.js";

/** Read what opens a vault. @throws VaultError VAULT_KEY_* */
export function unlockOf(secret: VaultSecret, { environment }: Context): Promise<Unlock> {
  return secret.kind === "identities"
    ? readIdentities(secret.source, environment)
    : readPassphrase(secret.source, environment);
}

/** Read to whom a vault is encrypted. @throws VaultError VAULT_KEY_* */
export async function lockOf(lock: VaultLock, { environment }: Context): Promise<Lock> {
  return lock.kind === "recipients" ? lock : await readPassphrase(lock.source, environment);
}

/** The key of a PEM file: uncompressed point, hex. @throws VaultError VAULT_SIGNATURE_INVALID */
export async function signerOf(file: string): Promise<string> {
  return pointOfPem(await readFile(file, "utf8"));
}
