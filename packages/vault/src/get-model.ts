import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { encrypterFor, type Unlock } from "./age-keys.js";
import { type AuditOptions, codeOf, withAudit } from "./audit.js";
import { copyOut, sealedTo, type Target, targetsOf } from "./copy-out.js";
import { VaultError } from "./error.js";
import { markCopy, type Marking, modelToHandOut } from "./marked-copy.js";
import { fileStream, writeStream } from "./objects.js";
import { readIndex, type StoredModel, writeIndex } from "./vault-index.js";

export interface GetRequest extends AuditOptions {
  readonly name: string;
  readonly unlock: Unlock;
  /** Who is given the file: a name for the log. */
  readonly recipient: string;
  /** age recipient to whom the files are encrypted; null for plain files. */
  readonly encryptTo: string | null;
  /** .onnx file to write; external data go beside it. Encrypted files get the ending .age. */
  readonly out: string;
  readonly signer?: string | null;
  /** Makes a copy of the recipient's own. The plain model lies in a folder beside `out` for as long as that takes. */
  readonly mark?: Marking | null;
}

export interface Handed {
  readonly files: readonly string[];
  /** SHA-256 of the model's plain file, hex. */
  readonly sha256: string;
}

/**
 * Hand out a model. That somebody gets it is on disk in the log before the first byte is decrypted; what he got, or why
 * he got nothing, after the last. Nothing that is there is overwritten.
 *
 * @throws VaultError as `openVaultModel`, and VAULT_OUTPUT_EXISTS, VAULT_RECIPIENT; whatever `mark` throws
 */
export async function getModel(folder: string, request: GetRequest): Promise<Handed> {
  const { name, recipient, encryptTo, signer = null, mark = null } = request;
  await readIndex(folder);
  return await withAudit(folder, request, async (audit) => {
    const index = await readIndex(folder);
    const stored = modelToHandOut(index, name, signer);
    const targets = targetsOf(stored, request);
    for (const { target } of targets) requireFree(target);
    if (encryptTo !== null) encrypterFor({ kind: "recipients", recipients: [encryptTo] });
    const payload = mark?.payload ?? null;
    await audit.note("get", {
      name,
      sha256: stored.model.sha256,
      recipient,
      encryptedTo: encryptTo,
      payload,
    });
    await writeIndex(folder, { ...index, audit: audit.state });
    const handed = await (mark === null
      ? plainOut(folder, request, targets, stored)
      : markOut(folder, request, mark, stored)
    ).catch(async (error: unknown) => {
      await audit.note("failed", { name, action: "get", code: codeOf(error) });
      await writeIndex(folder, { ...index, audit: audit.state });
      throw error;
    });
    await audit.note("handed-out", { name, recipient, sha256: handed.sha256 });
    await writeIndex(folder, { ...index, audit: audit.state });
    return handed;
  });
}

async function plainOut(
  folder: string,
  request: GetRequest,
  targets: readonly Target[],
  { model }: StoredModel,
): Promise<Handed> {
  return { files: await copyOut(folder, targets, request), sha256: model.sha256 };
}

async function markOut(
  folder: string,
  { out, encryptTo, unlock }: GetRequest,
  { write }: Marking,
  stored: StoredModel,
): Promise<Handed> {
  const scratch = path.join(path.dirname(path.resolve(out)), `.indicia-vault-${process.pid}`);
  await mkdir(scratch, { mode: 0o700 });
  try {
    const name = path.basename(out);
    const { sha256, external, beside } = await markCopy(folder, stored, { unlock, scratch, name, write });
    const ending = encryptTo === null ? "" : ".age";
    const files: string[] = [];
    for (const file of [...external, name]) {
      const target = path.join(path.dirname(out), file) + ending;
      requireFree(target);
      await mkdir(path.dirname(target), { recursive: true });
      await writeStream(target, await sealedTo(fileStream(path.join(beside, file)), encryptTo));
      files.unshift(target);
    }
    return { files, sha256 };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** @throws VaultError VAULT_OUTPUT_EXISTS */
function requireFree(file: string): void {
  if (!existsSync(file)) return;
  throw new VaultError(
    "VAULT_OUTPUT_EXISTS",
    `"${file}" exists already`,
    "Choose another --out, or move it away.",
  );
}
