import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";

/**
 * Write a file that must not be there yet, so that it is complete or absent whatever happens, and never replaces
 * another: written beside its place, flushed, then linked under its name, which fails where the name is taken.
 *
 * @param mode permission bits from the first byte on
 * @throws NodeJS.ErrnoException EEXIST where the name is taken
 */
export async function writeNewFile(file: string, bytes: Uint8Array, mode: number): Promise<void> {
  const folder = path.dirname(file);
  const temporary = path.join(folder, `.${path.basename(file)}.tmp-${randomBytes(6).toString("hex")}`);
  try {
    const handle = await fs.open(temporary, "wx", mode);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.link(temporary, file);
  } finally {
    await fs.rm(temporary, { force: true });
  }
  await flushFolder(folder);
}

/** Make the new name itself durable. Windows cannot open a folder, and flushes names by itself. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await fs.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
