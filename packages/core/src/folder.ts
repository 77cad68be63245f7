import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { syncFolder, writeDurably } from "@indicia/evidence/durable-file";
import { CoreError } from "./error.js";

/** Largest file read whole from a registration or observation: pools and transcripts of a long examination. */
const MAX_FILE_BYTES: number = 1024 ** 3;

export interface FolderFile {
  readonly bytes: Uint8Array;
  /** For the owner's eyes only. */
  readonly secret?: boolean;
}

/**
 * Make a folder of files appear at once: they are written into a temporary sibling, which is then renamed.
 *
 * @throws CoreError OUTPUT_EXISTS where the target is there already
 */
export async function createFolder(target: string, files: ReadonlyMap<string, FolderFile>): Promise<void> {
  refuseExisting(target);
  const whole = path.resolve(target);
  const temporary = `${whole}.tmp-${process.pid}`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  try {
    for (const [name, { bytes, secret }] of files) {
      await mkdir(path.dirname(path.join(temporary, name)), { recursive: true });
      await writeDurably(path.join(temporary, name), bytes);
      if (secret === true) await chmod(path.join(temporary, name), 0o600);
    }
    await rename(temporary, whole);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  await syncFolder(path.dirname(whole));
}

/** @throws CoreError OUTPUT_EXISTS */
export function refuseExisting(target: string): void {
  const folder = path.dirname(path.resolve(target));
  if (!existsSync(folder))
    throw new CoreError(
      "FOLDER_INVALID",
      `the folder "${folder}" does not exist`,
      "Make it, or choose another --out.",
    );
  if (!existsSync(target)) return;
  throw new CoreError(
    "OUTPUT_EXISTS",
    `"${target}" exists already`,
    "Choose another --out, or move it away.",
  );
}

/**
 * Read one file of a folder.
 *
 * @returns null where it does not exist
 * @throws CoreError FOLDER_INVALID where it is beyond the limit or no file
 */
export async function readFolderFile(folder: string, name: string): Promise<Uint8Array | null> {
  const file = path.join(folder, name);
  if (!existsSync(file)) return null;
  const found = await stat(file);
  if (!found.isFile() || found.size > MAX_FILE_BYTES) {
    throw new CoreError(
      "FOLDER_INVALID",
      `"${file}" is not a file of at most ${MAX_FILE_BYTES} bytes`,
      "Check the folder.",
    );
  }
  return readFile(file);
}
