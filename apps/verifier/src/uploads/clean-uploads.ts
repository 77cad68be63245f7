import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Services } from "../services.js";
import { cleanFolders } from "./clean-folders.js";
import { dropUpload } from "./upload-store.js";
import { UPLOAD_LIMITS, type UploadLimits } from "./upload-limits.js";

/** How often unused uploads are looked for. */
const INTERVAL_MS = 600_000;

/** Remove uploads that nobody used in time, and what a crash left without a row. */
export async function cleanUploads(services: Services, { unusedMs }: UploadLimits): Promise<number> {
  const { database, data, clock } = services;
  const oldest = new Date(clock().getTime() - unusedMs);
  const unused = await database.tables
    .selectFrom("uploads")
    .select("id")
    .where("uploaded", "<", oldest)
    .execute();
  for (const { id } of unused) await dropUpload(services, id);
  const rows = await database.tables.selectFrom("uploads").select("id").execute();
  const known = new Set(rows.map(({ id }) => id));
  let removed = unused.length;
  for (const name of await readdir(data.uploads).catch(() => [])) {
    const file = path.join(data.uploads, name);
    // Another process may be receiving it; as old as this, it is not.
    if (known.has(name) || ((await stat(file).catch(() => null))?.mtime ?? oldest) >= oldest) continue;
    await rm(file, { recursive: true, force: true });
    removed += 1;
  }
  return removed + (await cleanFolders(services, oldest));
}

/**
 * Clean up now and then, until the function that it gives is called.
 *
 * @param onError told what went wrong; cleaning goes on the next time
 */
export function startUploadCleaning(
  services: Services,
  onError: (error: unknown) => void,
  limits: UploadLimits = UPLOAD_LIMITS,
): () => Promise<void> {
  let under = Promise.resolve();
  const clean = (): void => {
    under = under.then(() => cleanUploads(services, limits)).then(() => undefined, onError);
  };
  const timer = setInterval(clean, INTERVAL_MS);
  clean();
  return () => {
    clearInterval(timer);
    return under;
  };
}
