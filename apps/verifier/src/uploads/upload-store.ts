import { copyFile, link, mkdir, open, rm } from "node:fs/promises";
import path from "node:path";
import { syncFolder } from "@indicia/evidence/durable-file";
import type { Selectable } from "kysely";
import type { ResourceTables } from "../database/resource-tables.js";
import { VerifierError } from "../error.js";
import type { Services } from "../services.js";
import type { Upload } from "../shapes/common.js";

type UploadRow = Selectable<ResourceTables["uploads"]>;

/** An upload that may be used, with where its bytes are. */
export interface HeldUpload extends UploadRow {
  readonly path: string;
}

/** Where the bytes of an upload are: under its id, whatever name was given. */
export function uploadPath({ data }: Pick<Services, "data">, id: string): string {
  return path.join(data.uploads, id);
}

/** One of a user's own uploads, or null. */
export async function findUpload(
  services: Services,
  { id, userId }: { readonly id: string; readonly userId: string },
): Promise<HeldUpload | null> {
  const row = await services.database.tables
    .selectFrom("uploads")
    .selectAll()
    .where("id", "=", id)
    .where("user", "=", userId)
    .executeTakeFirst();
  return row === undefined ? null : { ...row, path: uploadPath(services, id) };
}

/**
 * An upload that a request names in its body.
 *
 * @throws VerifierError UNPROCESSABLE where there is none of that user's own
 */
export async function requireUpload(
  services: Services,
  asked: { readonly id: string; readonly userId: string },
): Promise<HeldUpload> {
  const found = await findUpload(services, asked);
  if (found !== null) return found;
  throw new VerifierError(
    "UNPROCESSABLE",
    `there is no upload ${asked.id} of yours`,
    "Upload the file again: what nobody uses is removed after a day, and what was used is gone.",
  );
}

/**
 * Give an upload's bytes another place, durably, without moving them from the old one: so it is still there if what it was
 * taken for fails.
 */
export async function adoptUpload(upload: Pick<HeldUpload, "path">, target: string): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  try {
    await link(upload.path, target);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") throw error;
    // Not every file system has links, and none has them to another.
    await copyFile(upload.path, target);
    const handle = await open(target, "r+");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  await syncFolder(path.dirname(target));
}

/** Remove an upload that was used, or is wanted no more. */
export async function dropUpload(services: Services, id: string): Promise<void> {
  await services.database.tables.deleteFrom("uploads").where("id", "=", id).execute();
  await rm(uploadPath(services, id), { force: true });
}

/** An upload as the API shows it. */
export function showUpload({ id, name, bytes, sha256, uploaded }: UploadRow): Upload {
  return { id, name, bytes, sha256, uploaded: uploaded.toISOString() };
}
