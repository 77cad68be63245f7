import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { encrypterFor, type Unlock } from "./age-keys.js";
import { type Passed, readObject, writeStream } from "./objects.js";
import { filesOf, type StoredModel } from "./vault-index.js";

/** An object of the vault, and the file that is made of it. */
export interface Target {
  readonly stored: Passed & { readonly object: string };
  readonly target: string;
}

/** Where files go: the .onnx file, and to whom they are encrypted; null for plain files. */
export interface Place {
  readonly out: string;
  readonly encryptTo: string | null;
}

/** Where the files of a model go: itself last, so that it is never without its weights. */
export function targetsOf(stored: StoredModel, { out, encryptTo }: Place): Target[] {
  const ending = encryptTo === null ? "" : ".age";
  const beside = path.dirname(out);
  return filesOf(stored)
    .map((file, i) => ({ stored: file, target: (i === 0 ? out : path.join(beside, file.name)) + ending }))
    .reverse();
}

/**
 * Decrypt objects into files, all or none.
 *
 * @returns the files, the model first
 * @throws VaultError VAULT_LOCKED_OUT, VAULT_OBJECT_MISSING, VAULT_OBJECT_CHANGED
 */
export async function copyOut(
  folder: string,
  targets: readonly Target[],
  { unlock, encryptTo }: { readonly unlock: Unlock; readonly encryptTo: string | null },
): Promise<string[]> {
  const written: string[] = [];
  try {
    for (const { stored, target } of targets) {
      await mkdir(path.dirname(target), { recursive: true });
      written.push(target);
      await readObject(folder, stored, {
        unlock,
        take: async (plain, check) => writeStream(target, await sealedTo(plain, encryptTo), check),
      });
    }
  } catch (error) {
    // What turned out to be changed is not left behind.
    for (const file of written) await rm(file, { force: true });
    throw error;
  }
  return written.toReversed();
}

/** Encrypt a stream to a recipient; as it is where there is none. */
export async function sealedTo(
  plain: ReadableStream<Uint8Array>,
  encryptTo: string | null,
): Promise<ReadableStream<Uint8Array>> {
  if (encryptTo === null) return plain;
  return await encrypterFor({ kind: "recipients", recipients: [encryptTo] }).encrypt(plain);
}
