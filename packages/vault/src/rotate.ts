import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Lock, Unlock } from "./age-keys.js";
import { recipientsOf, sealingOf } from "./add-model.js";
import { type AuditOptions, withAudit } from "./audit.js";
import { VaultError } from "./error.js";
import { type Passed, OBJECTS, readObject, storeObject } from "./objects.js";
import {
  filesOf,
  readIndex,
  sameSealing,
  type Sealing,
  type StoredFile,
  type StoredModel,
  type VaultIndex,
  writeIndex,
} from "./vault-index.js";

export interface RotateRequest extends AuditOptions {
  /** What opens the models as they are. */
  readonly unlock: Unlock;
  /** To whom they are encrypted from now on. */
  readonly lock: Lock;
  readonly onProgress?: (model: string, done: number, total: number) => void;
}

export interface Rotated {
  /** Models that were encrypted anew now, by name. */
  readonly models: readonly string[];
  readonly recipients: readonly string[];
}

/**
 * Encrypt every model anew, to others; what lies there for customers stays encrypted to them. The index passes to the new files model by model, so that at any moment each model
 * is whole under the old lock or the new one; after a crash the same call goes on with those that remain.
 *
 * Who could open the old files and kept copies of them can still open those.
 *
 * @throws VaultError VAULT_ROTATION_PENDING where another rotation was begun and not finished, VAULT_LOCKED_OUT,
 *   VAULT_OBJECT_CHANGED, VAULT_RECIPIENT, VAULT_BUSY
 */
export async function rotateVault(folder: string, request: RotateRequest): Promise<Rotated> {
  await readIndex(folder);
  return await withAudit(folder, request, async (audit) => {
    let index = await readIndex(folder);
    const target = targetOf(index, request.lock);
    if (index.rotation === null) {
      await audit.note("rotation-began", { to: recipientsOf(target) });
      index = { ...index, rotation: target, audit: audit.state };
      await writeIndex(folder, index);
    }
    await sweep(folder, index);
    const models: string[] = [];
    for (const [at, model] of index.models.entries()) {
      request.onProgress?.(model.name, at, index.models.length);
      if (sameSealing(model.sealing, target)) continue;
      const renewed = await renew(folder, model, request, target);
      await audit.note("re-encrypted", { name: model.name, to: recipientsOf(target) });
      index = { ...index, models: index.models.with(at, renewed), audit: audit.state };
      await writeIndex(folder, index);
      for (const { object } of filesOf(model)) await rm(path.join(folder, OBJECTS, object), { force: true });
      models.push(model.name);
    }
    await audit.note("rotated", { to: recipientsOf(target), models: models.length });
    await writeIndex(folder, { ...index, sealing: target, rotation: null, audit: audit.state });
    return { models, recipients: recipientsOf(target) };
  });
}

/** A passphrase is not noted, so a rotation to one that was interrupted goes on under whichever is given. */
function targetOf({ rotation }: VaultIndex, lock: Lock): Sealing {
  const wanted = sealingOf(lock);
  if (rotation === null) return wanted;
  if (sameSealing(rotation, wanted) || (rotation.kind === "passphrase" && wanted.kind === "passphrase"))
    return rotation;
  throw new VaultError(
    "VAULT_ROTATION_PENDING",
    `a rotation to ${recipientsOf(rotation).join(", ")} was begun and not finished`,
    "Finish it with the same recipients first.",
  );
}

async function renew(
  folder: string,
  model: StoredModel,
  { unlock, lock }: RotateRequest,
  sealing: Sealing,
): Promise<StoredModel> {
  const again = async (file: StoredFile): Promise<StoredFile> => {
    const made: (Passed & { readonly object: string })[] = [];
    await readObject(folder, file, {
      unlock,
      take: async (plain) => made.push(await storeObject(folder, plain, lock)),
    });
    return { ...file, object: made[0]?.object ?? file.object };
  };
  const external: StoredFile[] = [];
  for (const file of model.external) external.push(await again(file));
  return { ...model, model: await again(model.model), external, sealing };
}

/** Remove what a crash left behind: objects that neither a model nor a hand-out names. */
async function sweep(folder: string, index: VaultIndex): Promise<void> {
  const files = [...index.models.flatMap(filesOf), ...index.handOuts.flatMap((handOut) => handOut.files)];
  const named = new Set(files.map(({ object }) => object));
  for (const file of await readdir(path.join(folder, OBJECTS)))
    if (!named.has(file)) await rm(path.join(folder, OBJECTS, file), { force: true });
}
