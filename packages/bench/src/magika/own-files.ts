import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";

/** What a classifier of file types is asked about in earnest: neither fragments nor archives of everything. */
const MIN_BYTES = 64;
const MAX_BYTES: number = 1024 ** 2;

/**
 * The files below a folder, each content once, in the order of their SHA-256: as good as shuffled, and the same every
 * time.
 *
 * @param part.skip, part.count which of them
 */
export async function ownFiles(
  folder: string,
  part: { readonly skip: number; readonly count: number },
): Promise<Uint8Array[]> {
  const paths = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const { size } = await stat(file);
    if (size < MIN_BYTES || size > MAX_BYTES) continue;
    const sha256 = createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
    if (!paths.has(sha256)) paths.set(sha256, file);
  }
  const chosen = [...paths].sort(([a], [b]) => (a < b ? -1 : 1)).slice(part.skip, part.skip + part.count);
  return Promise.all(chosen.map(async ([, file]) => new Uint8Array(await readFile(file))));
}
