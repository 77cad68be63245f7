import { type AuditOptions, withAudit } from "./audit.js";
import type { AuditEntries, AuditType } from "./audit-entries.js";
import { readIndex, writeIndex } from "./vault-index.js";

/**
 * Note one thing in the log of a vault that changes nothing else in it.
 *
 * @throws VaultError VAULT_MISSING, VAULT_BUSY; EvidenceError of a broken log
 */
export async function noteAlone<T extends AuditType>(
  folder: string,
  options: AuditOptions,
  type: T,
  entry: AuditEntries[T],
): Promise<void> {
  // Where there is no vault, none is begun by its log.
  await readIndex(folder);
  await withAudit(folder, options, async (audit) => {
    await audit.note(type, entry);
    await writeIndex(folder, { ...(await readIndex(folder)), audit: audit.state });
  });
}
