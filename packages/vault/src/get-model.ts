import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { checkLocation } from "@indicia/onnx/external";
import { encrypterFor, type Unlock } from "./age-keys.js";
import { type AuditOptions, codeOf, withAudit } from "./audit.js";
import { VaultError } from "./error.js";
import { fileStream, type Passed, readObject, writeStream } from "./objects.js";
import { checkSignatures } from "./signatures.js";
import { filesOf, modelNamed, readIndex, type StoredModel, writeIndex } from "./vault-index.js";

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
  /**
   * Makes a copy of the recipient's own: reads the model at `from`, writes `to` (with external data of its own beside it)
   * and says what the copy is. The plain model lies in a folder beside `out` for as long as that takes.
   */
  readonly mark?: {
    readonly payload: string | null;
    readonly write: (from: string, to: string) => Promise<Marked>;
  } | null;
}

/** A marked copy. */
export interface Marked {
  /** SHA-256 of the model's file, hex. */
  readonly sha256: string;
  /** Files beside it, by name. */
  readonly external: readonly string[];
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
    const stored = modelNamed(index, name);
    checkSignatures(stored, signer);
    for (const { name: location } of stored.external) checkLocation(location);
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
      ? copyOut(folder, request, targets, stored)
      : markOut(folder, request, mark.write, stored)
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

interface Target {
  readonly stored: Passed & { readonly object: string };
  readonly target: string;
}

/** Where the files of a model go: itself last, so that it is never without its weights. */
function targetsOf(stored: StoredModel, { out, encryptTo }: Pick<GetRequest, "out" | "encryptTo">): Target[] {
  const ending = encryptTo === null ? "" : ".age";
  const beside = path.dirname(out);
  return filesOf(stored)
    .map((file, i) => ({ stored: file, target: (i === 0 ? out : path.join(beside, file.name)) + ending }))
    .reverse();
}

async function copyOut(
  folder: string,
  { unlock, encryptTo }: GetRequest,
  targets: readonly Target[],
  { model }: StoredModel,
): Promise<Handed> {
  const written: string[] = [];
  try {
    for (const { stored, target } of targets) {
      await mkdir(path.dirname(target), { recursive: true });
      written.push(target);
      await readObject(folder, stored, {
        unlock,
        take: async (plain, check) => writeStream(target, await sealed(plain, encryptTo), check),
      });
    }
  } catch (error) {
    // What turned out to be changed is not left behind.
    for (const file of written) await rm(file, { force: true });
    throw error;
  }
  return { files: written.toReversed(), sha256: model.sha256 };
}

async function markOut(
  folder: string,
  request: GetRequest,
  write: (from: string, to: string) => Promise<Marked>,
  stored: StoredModel,
): Promise<Handed> {
  const { out, encryptTo } = request;
  const scratch = path.join(path.dirname(path.resolve(out)), `.indicia-vault-${process.pid}`);
  await mkdir(scratch, { mode: 0o700 });
  try {
    const [plain, marked] = [path.join(scratch, "plain"), path.join(scratch, "marked")];
    for (const each of [plain, marked]) await mkdir(each, { mode: 0o700 });
    const from = path.join(plain, stored.model.name);
    const to = path.join(marked, path.basename(out));
    const targets = targetsOf(stored, { out: from, encryptTo: null });
    await copyOut(folder, { ...request, encryptTo: null }, targets, stored);
    const { sha256, external } = await write(from, to);
    const ending = encryptTo === null ? "" : ".age";
    const files: string[] = [];
    for (const file of [...external, path.basename(out)]) {
      const target = path.join(path.dirname(out), file) + ending;
      requireFree(target);
      await mkdir(path.dirname(target), { recursive: true });
      await writeStream(target, await sealed(fileStream(path.join(marked, file)), encryptTo));
      files.unshift(target);
    }
    return { files, sha256 };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function sealed(
  plain: ReadableStream<Uint8Array>,
  encryptTo: string | null,
): Promise<ReadableStream<Uint8Array>> {
  if (encryptTo === null) return plain;
  return await encrypterFor({ kind: "recipients", recipients: [encryptTo] }).encrypt(plain);
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
