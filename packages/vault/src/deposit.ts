import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { encrypterFor, type Unlock } from "./age-keys.js";
import { type AuditOptions, codeOf, withAudit } from "./audit.js";
import { VaultError } from "./error.js";
import {
  handOutFor,
  type HandOut,
  type HandOutFile,
  noHandOut,
  otherHandOuts,
  requireCustomer,
} from "./hand-outs.js";
import { type Marked, markCopy, type Marking, modelToHandOut } from "./marked-copy.js";
import { noteAlone } from "./note.js";
import { fileStream, OBJECTS, storeObject } from "./objects.js";
import { readIndex, type StoredModel, writeIndex } from "./vault-index.js";

export interface DepositRequest extends AuditOptions {
  readonly name: string;
  readonly unlock: Unlock;
  /** Who may fetch it: a customer id. */
  readonly customer: string;
  /** The customer's age recipient, to whom it is encrypted. */
  readonly encryptTo: string;
  /** From when on nobody gets it any more, ISO 8601; null for never. */
  readonly expires: string | null;
  readonly signer?: string | null;
  readonly mark: Marking;
}

/**
 * Lay a marked copy into the vault, for one customer to fetch, in place of what lay there for him before. That he gets one
 * is on disk in the log before the first byte is decrypted. The plain model lies in a folder of its own among the
 * temporary files for as long as marking takes; others may use the vault meanwhile.
 *
 * @throws VaultError as `openVaultModel`, and VAULT_NAME, VAULT_RECIPIENT, VAULT_DATE; whatever `mark` throws
 */
export async function depositCopy(folder: string, request: DepositRequest): Promise<HandOut> {
  requireRequest(request);
  const stored = await announced(folder, request);
  const scratch = await mkdtemp(path.join(tmpdir(), "indicia-deposit-"));
  try {
    const { unlock, mark } = request;
    const name = stored.model.name;
    const marked = await markCopy(folder, stored, { unlock, scratch, name, write: mark.write });
    const files = await storedFiles(folder, request, { ...marked, name });
    return await laidDown(folder, request, { copy: marked.sha256, files });
  } catch (error) {
    await noteAlone(folder, request, "failed", { name: request.name, action: "get", code: codeOf(error) });
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function requireRequest({ customer, encryptTo, expires, clock }: DepositRequest): void {
  requireCustomer(customer);
  encrypterFor({ kind: "recipients", recipients: [encryptTo] });
  if (expires === null || Date.parse(expires) > clock().getTime()) return;
  throw new VaultError(
    "VAULT_DATE",
    `${expires} is no time to come, so nobody would get the copy`,
    "Name a day to come, or none.",
  );
}

/** The model, once it is noted who gets a copy of it. */
async function announced(folder: string, request: DepositRequest): Promise<StoredModel> {
  const { name, customer, encryptTo, signer = null, mark } = request;
  await readIndex(folder);
  return await withAudit(folder, request, async (audit) => {
    const index = await readIndex(folder);
    const stored = modelToHandOut(index, name, signer);
    await audit.note("get", {
      name,
      sha256: stored.model.sha256,
      recipient: customer,
      encryptedTo: encryptTo,
      payload: mark.payload,
    });
    await writeIndex(folder, { ...index, audit: audit.state });
    return stored;
  });
}

async function storedFiles(
  folder: string,
  { encryptTo }: DepositRequest,
  { name, external, beside }: Marked & { readonly name: string; readonly beside: string },
): Promise<HandOutFile[]> {
  const files: HandOutFile[] = [];
  try {
    for (const file of [name, ...external]) {
      const { object, encrypted } = await storeObject(folder, fileStream(path.join(beside, file)), {
        kind: "recipients",
        recipients: [encryptTo],
      });
      files.push({ name: file, object, ...encrypted });
    }
  } catch (error) {
    await removeFiles(folder, files);
    throw error;
  }
  return files;
}

async function laidDown(
  folder: string,
  request: DepositRequest,
  { copy, files }: Pick<HandOut, "copy" | "files">,
): Promise<HandOut> {
  const { name, customer, encryptTo, expires, mark, clock } = request;
  return await withAudit(folder, request, async (audit) => {
    const index = await readIndex(folder);
    await requireFiles(folder, files);
    const deposited = clock().toISOString();
    const handOut: HandOut = {
      model: name,
      customer,
      deposited,
      expires,
      encryptedTo: encryptTo,
      payload: mark.payload,
      copy,
      files,
    };
    await audit.note("deposited", {
      name,
      recipient: customer,
      copy,
      files: files.map(({ sha256 }) => sha256),
      encryptedTo: encryptTo,
      payload: mark.payload,
      expires,
    });
    const handOuts = [...otherHandOuts(index, name, customer), handOut];
    await writeIndex(folder, { ...index, handOuts, audit: audit.state });
    await removeFiles(folder, handOutFor(index, name, customer)?.files ?? []);
    return handOut;
  });
}

/** A rotation clears away what no index names yet. @throws VaultError VAULT_OBJECT_MISSING */
async function requireFiles(folder: string, files: readonly HandOutFile[]): Promise<void> {
  for (const { object } of files) {
    const found = await stat(path.join(folder, OBJECTS, object)).catch(() => null);
    if (found !== null) continue;
    throw new VaultError(
      "VAULT_OBJECT_MISSING",
      "the vault was rotated while the copy was made",
      "Deposit it again.",
    );
  }
}

/** Take a hand-out back: nobody gets it from here any more. @throws VaultError VAULT_HANDOUT_UNKNOWN, VAULT_BUSY */
export async function withdrawCopy(
  folder: string,
  request: AuditOptions & { readonly name: string; readonly customer: string },
): Promise<HandOut> {
  const { name, customer } = request;
  await readIndex(folder);
  return await withAudit(folder, request, async (audit) => {
    const index = await readIndex(folder);
    const found = handOutFor(index, name, customer);
    if (found === null) throw noHandOut(name, customer);
    await audit.note("withdrawn", { name, recipient: customer, copy: found.copy });
    const handOuts = otherHandOuts(index, name, customer);
    await writeIndex(folder, { ...index, handOuts, audit: audit.state });
    await removeFiles(folder, found.files);
    return found;
  });
}

/** Who is reading one goes on reading it. */
async function removeFiles(folder: string, files: readonly HandOutFile[]): Promise<void> {
  for (const { object } of files) await rm(path.join(folder, OBJECTS, object), { force: true });
}
