import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Unlock } from "./age-keys.js";
import { copyOut, targetsOf } from "./copy-out.js";
import type { StoredModel } from "./vault-index.js";

/** A marked copy. */
export interface Marked {
  /** SHA-256 of the model's file, hex. */
  readonly sha256: string;
  /** Files beside it, by name. */
  readonly external: readonly string[];
}

/** Makes a copy of the recipient's own. */
export interface Marking {
  readonly payload: string | null;
  /** Reads the model at `from`, writes `to` (with external data of its own beside it) and says what the copy is. */
  readonly write: (from: string, to: string) => Promise<Marked>;
}

/**
 * Decrypt a model into a folder and mark a copy of it there. Whoever made the folder removes it, and the plain model with it.
 *
 * @param how.name file name of the copy
 * @returns the copy, and the folder that it and the files beside it lie in
 * @throws VaultError as `copyOut`; whatever marking throws
 */
export async function markCopy(
  folder: string,
  stored: StoredModel,
  {
    unlock,
    scratch,
    name,
    write,
  }: { readonly unlock: Unlock; readonly scratch: string; readonly name: string } & Pick<Marking, "write">,
): Promise<Marked & { readonly beside: string }> {
  const [plain, beside] = [path.join(scratch, "plain"), path.join(scratch, "marked")];
  for (const each of [plain, beside]) await mkdir(each, { mode: 0o700 });
  const from = path.join(plain, stored.model.name);
  const targets = targetsOf(stored, { out: from, encryptTo: null });
  await copyOut(folder, targets, { unlock, encryptTo: null });
  return { ...(await write(from, path.join(beside, name))), beside };
}
