import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { syncFolder } from "@indicia/evidence/durable-file";
import { decrypterFor, encrypterFor, isWrongKey, type Lock, type Unlock } from "./age-keys.js";
import { VaultError } from "./error.js";

/** Bytes read at once: sixteen chunks of age, and little beside a model. */
export const READ_BYTES: number = 2 ** 20;
/** Folder of a vault in which encrypted files lie. */
export const OBJECTS = "objects";

/** What is known of bytes once they have gone by. */
export interface Passed {
  readonly bytes: number;
  /** SHA-256 of the plain bytes, hex. */
  readonly sha256: string;
}

type Bytes = ReadableStream<Uint8Array>;

/** A file as a stream. */
export function fileStream(file: string): Bytes {
  // Both are the platform's own streams; their types are declared twice.
  return Readable.toWeb(createReadStream(file, { highWaterMark: READ_BYTES })) as Bytes;
}

/** Encrypt a stream into a new object of a vault; complete and flushed, or absent. @returns with what the encrypted file is */
export async function storeObject(
  folder: string,
  plain: Bytes,
  lock: Lock,
): Promise<Passed & { object: string; encrypted: Passed }> {
  const object = `${randomBytes(16).toString("hex")}.age`;
  const objects = path.join(folder, OBJECTS);
  await mkdir(objects, { recursive: true, mode: 0o700 });
  const passing = watched(plain);
  const encrypting = watched(await encrypterFor(lock).encrypt(passing.stream));
  await writeStream(path.join(objects, object), encrypting.stream);
  return { object, ...passing.passed(), encrypted: encrypting.passed() };
}

/**
 * An object as a stream of plain bytes. Whoever reads it to its end has to compare the hash: age tells changed bytes, but
 * anybody can encrypt other bytes to the same recipients.
 *
 * @throws VaultError VAULT_OBJECT_MISSING, VAULT_LOCKED_OUT
 */
export async function openObject(folder: string, object: string, unlock: Unlock): Promise<Bytes> {
  const file = path.join(folder, OBJECTS, object);
  await requireFile(file, object);
  try {
    return await decrypterFor(unlock).decrypt(fileStream(file));
  } catch (cause) {
    if (isWrongKey(cause))
      throw new VaultError(
        "VAULT_LOCKED_OUT",
        "none of the given keys opens this model",
        "Give an identity among its recipients, or its passphrase.",
        { cause },
      );
    throw changed(object, cause);
  }
}

/**
 * Read an object to its end, into whatever takes its bytes, and hold it against its hash.
 *
 * @param given.take may check what it was given at the end itself, before it passes anything on
 * @throws VaultError VAULT_OBJECT_CHANGED, and all of `openObject`
 */
export async function readObject(
  folder: string,
  stored: Passed & { readonly object: string },
  {
    unlock,
    take,
  }: { readonly unlock: Unlock; readonly take: (bytes: Bytes, check: () => void) => Promise<unknown> },
): Promise<void> {
  const passing = watched(await openObject(folder, stored.object, unlock));
  const check = (): void => {
    const { bytes, sha256 } = passing.passed();
    if (bytes !== stored.bytes || sha256 !== stored.sha256) throw changed(stored.object);
  };
  try {
    await take(passing.stream, check);
  } catch (cause) {
    if (cause instanceof VaultError || (cause instanceof Error && "syscall" in cause)) throw cause;
    throw changed(stored.object, cause);
  }
  check();
}

/** All of an object in one piece of memory, which is made once at its full size. */
export async function objectBytes(
  folder: string,
  stored: Passed & { readonly object: string },
  unlock: Unlock,
): Promise<Uint8Array> {
  const whole = new Uint8Array(stored.bytes);
  let at = 0;
  await readObject(folder, stored, {
    unlock,
    take: async (stream) => {
      for await (const chunk of stream) {
        if (at + chunk.length > whole.length) throw changed(stored.object);
        whole.set(chunk, at);
        at += chunk.length;
      }
    },
  });
  return whole;
}

/**
 * Write a stream to a file of mode 0600 that is not there yet: complete and flushed, or absent.
 *
 * @param check throws where the file must not get its name after all
 */
export async function writeStream(file: string, bytes: Bytes, check: () => void = () => {}): Promise<void> {
  const temporary = path.join(
    path.dirname(file),
    `.${path.basename(file)}.tmp-${randomBytes(6).toString("hex")}`,
  );
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      for await (const chunk of bytes) await handle.writeFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    check();
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(file));
}

/** Counts and hashes what goes by. */
function watched(source: Bytes): { readonly stream: Bytes; readonly passed: () => Passed } {
  const hash = createHash("sha256");
  let bytes = 0;
  const watch = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      hash.update(chunk);
      bytes += chunk.length;
      controller.enqueue(chunk);
    },
  });
  return { stream: source.pipeThrough(watch), passed: () => ({ bytes, sha256: hash.copy().digest("hex") }) };
}

async function requireFile(file: string, object: string): Promise<void> {
  await (await openFile(file, object)).close();
}

/** An object as it lies there. @throws VaultError VAULT_OBJECT_MISSING */
export async function openFile(file: string, object: string): Promise<FileHandle> {
  try {
    return await open(file, "r");
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) throw cause;
    throw new VaultError(
      "VAULT_OBJECT_MISSING",
      `the vault has lost "${object}"`,
      "Restore the folder of the vault from a copy.",
      { cause },
    );
  }
}

/** What is said of an object whose bytes are others. */
export function changed(object: string, cause?: unknown): VaultError {
  return new VaultError(
    "VAULT_OBJECT_CHANGED",
    `"${object}" is not what was put into the vault`,
    "Somebody or something changed it: restore it from a copy, and look into the audit log.",
    { cause },
  );
}
