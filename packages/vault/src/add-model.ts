import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import path from "node:path";
import { toBase64 } from "@indicia/evidence/base64";
import { signModel } from "@indicia/evidence/model-signature";
import { externalPath } from "@indicia/onnx/external";
import { openModel } from "@indicia/onnx/open";
import type { Lock } from "./age-keys.js";
import { type Audit, type AuditOptions, withAudit } from "./audit.js";
import { VaultError } from "./error.js";
import { fileStream, OBJECTS, openObject, storeObject } from "./objects.js";
import { checkSignatures } from "./signatures.js";
import {
  filesOf,
  readIndex,
  requireName,
  sameSealing,
  type Sealing,
  type StoredFile,
  type StoredModel,
  type VaultIndex,
  writeIndex,
} from "./vault-index.js";

/** How a model's signature gets beside it: one that there is, or one that is made now over every file. */
export type Signing =
  | { readonly kind: "given"; readonly signature: Uint8Array; readonly signer: string }
  | { readonly kind: "sign"; readonly seed: Uint8Array; readonly signer: string };

export interface AddRequest extends AuditOptions {
  readonly name: string;
  /** Path of an .onnx file; its external data are taken from beside it. */
  readonly model: string;
  /**
   * To whom it is encrypted; needed for the first model, and for a passphrase each time. Otherwise to whom the vault is.
   */
  readonly lock: Lock | null;
  readonly signing: Signing | null;
}

/**
 * Put a model into a vault, which is made where there is none. The file stays where it was.
 *
 * @throws VaultError VAULT_NAME, VAULT_MODEL_EXISTS, VAULT_RECIPIENT, VAULT_SIGNATURE_INVALID, VAULT_BUSY; OnnxError for
 *   what is no model
 */
export async function addModel(folder: string, request: AddRequest): Promise<StoredModel> {
  requireName(request.name);
  return await withAudit(folder, request, async (audit) => {
    const index = await readOrBegin(folder, request, audit);
    if (index.models.some(({ name }) => name === request.name))
      throw new VaultError(
        "VAULT_MODEL_EXISTS",
        `the vault has a model ${JSON.stringify(request.name)} already`,
        "Choose another name; versions belong into names.",
      );
    const { lock, sealing } = lockOf(index, request.lock);
    await requireSamePassphrase(folder, index, lock);
    const stored = await storeFiles(folder, request, lock);
    const model: StoredModel = {
      ...stored,
      name: request.name,
      added: request.clock().toISOString(),
      sealing,
    };
    try {
      checkSignatures(model, null);
    } catch (error) {
      for (const { object } of filesOf(model)) await rm(path.join(folder, OBJECTS, object), { force: true });
      throw error;
    }
    await audit.note("added", {
      name: model.name,
      to: recipientsOf(sealing),
      sha256: model.model.sha256,
      external: model.external.map(({ sha256 }) => sha256),
      signed: model.signer !== null,
    });
    await writeIndex(folder, { ...index, models: [...index.models, model], audit: audit.state });
    return model;
  });
}

async function readOrBegin(folder: string, { lock }: AddRequest, audit: Audit): Promise<VaultIndex> {
  try {
    return await readIndex(folder);
  } catch (error) {
    if (!(error instanceof VaultError) || error.code !== "VAULT_MISSING") throw error;
    if (lock === null)
      throw new VaultError(
        "VAULT_RECIPIENT",
        "a new vault has to know to whom it is encrypted",
        "Give --recipient age1..., or a passphrase.",
      );
    const sealing = sealingOf(lock);
    await audit.note("created", { to: recipientsOf(sealing) });
    return {
      version: 1,
      kind: "indicia vault",
      sealing,
      rotation: null,
      models: [],
      handOuts: [],
      audit: audit.state,
    };
  }
}

/** What a lock is called in the index. */
export function sealingOf(lock: Lock): Sealing {
  return lock.kind === "passphrase"
    ? { kind: "passphrase", id: randomBytes(8).toString("hex") }
    : { kind: "recipients", recipients: [...new Set(lock.recipients)].sort() };
}

/** To whom something is encrypted, for the log. */
export function recipientsOf(sealing: Sealing): string[] {
  return sealing.kind === "passphrase" ? ["passphrase"] : sealing.recipients;
}

/** @throws VaultError VAULT_RECIPIENT where another lock is given than the vault's */
function lockOf(index: VaultIndex, given: Lock | null): { readonly lock: Lock; readonly sealing: Sealing } {
  const sealing = index.rotation ?? index.sealing;
  if (sealing.kind === "recipients") {
    const lock: Lock = { kind: "recipients", recipients: sealing.recipients };
    const same =
      given === null ||
      (given.kind === "recipients" &&
        [...new Set(given.recipients)].sort().join() === sealing.recipients.join());
    if (same) return { lock, sealing };
  } else if (given?.kind === "passphrase") return { lock: given, sealing };
  throw new VaultError(
    "VAULT_RECIPIENT",
    `this vault is encrypted to ${recipientsOf(sealing).join(", ")}`,
    sealing.kind === "recipients"
      ? "Leave --recipient out; `indicia vault rotate` changes it for all models."
      : "Give its passphrase.",
  );
}

/** One vault has one passphrase: whoever mistypes it must not lock a model away. @throws VaultError VAULT_LOCKED_OUT */
async function requireSamePassphrase(folder: string, index: VaultIndex, lock: Lock): Promise<void> {
  const other = index.models.find(({ sealing }) => sameSealing(sealing, index.rotation ?? index.sealing));
  if (lock.kind !== "passphrase" || other === undefined) return;
  await (await openObject(folder, other.model.object, lock)).cancel();
}

async function storeFiles(
  folder: string,
  { model: file, signing }: AddRequest,
  lock: Lock,
): Promise<Pick<StoredModel, "model" | "external" | "signer">> {
  const opened = openModel(file);
  const { directory, externalFiles } = opened;
  opened.close();
  const store = async (name: string, source: string): Promise<StoredFile> => {
    const { object, bytes, sha256 } = await storeObject(folder, fileStream(source), lock);
    const made =
      signing?.kind === "sign" ? signModel({ name: path.basename(name), sha256 }, signing.seed) : null;
    return { name, object, bytes, sha256, signature: made === null ? null : toBase64(made) };
  };
  const stored = await store(path.basename(file), file);
  const external: StoredFile[] = [];
  for (const location of externalFiles)
    external.push(await store(location, externalPath(directory, location)));
  const given = signing?.kind === "given" ? toBase64(signing.signature) : stored.signature;
  return { model: { ...stored, signature: given }, external, signer: signing?.signer ?? null };
}
