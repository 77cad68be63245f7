import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";

/** Mode of a file that its owner alone may read. */
export const PRIVATE_FILE = 0o600;
/** Mode of a folder into which its owner alone may look. */
export const PRIVATE_FOLDER = 0o700;
/** What files have where nothing is said: what the umask leaves. */
const ANY_FILE = 0o666;

/**
 * Write a file so that after a crash it is either absent (or as before) or whole: to a temporary file beside it, synced,
 * then renamed.
 *
 * @param mode of the file, less the umask
 */
export async function writeDurably(
  target: string,
  bytes: Uint8Array,
  mode: number = ANY_FILE,
): Promise<void> {
  const temporary = path.join(
    path.dirname(target),
    `.${path.basename(target)}.${randomBytes(6).toString("hex")}.tmp`,
  );
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(target));
}

/** Make a new or renamed entry of a folder durable. Windows can neither open nor sync a folder, and need not. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
