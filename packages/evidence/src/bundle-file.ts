import { open } from "node:fs/promises";
import path from "node:path";
import { writeDurably } from "./durable-file.js";
import { EvidenceError } from "./error.js";
import { requireArchiveSize, ZIP_LIMITS } from "./zip-limits.js";

/**
 * Write a bundle: to a temporary file beside it, synced, then renamed.
 *
 * @param options.overwrite whether a file of that name may be replaced; evidence is not, unless one says so
 * @throws EvidenceError BUNDLE_EXISTS
 */
export async function writeBundleFile(
  file: string,
  bytes: Uint8Array,
  options?: { readonly overwrite?: boolean },
): Promise<void> {
  if (options?.overwrite !== true && (await exists(file))) {
    throw new EvidenceError(
      "BUNDLE_EXISTS",
      `"${path.basename(file)}" exists`,
      "Choose another name or remove it.",
    );
  }
  await writeDurably(file, bytes);
}

/**
 * The bytes of a bundle, refused unread where it is larger than any bundle.
 *
 * @throws EvidenceError ZIP_TOO_LARGE
 */
export async function readBundleFile(file: string): Promise<Uint8Array> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    requireArchiveSize(size, ZIP_LIMITS);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    const handle = await open(file, "r");
    await handle.close();
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ENOENT");
  }
}
