import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.js";
import type { SecretBox } from "../services.js";

/** The setting that says, sealed, where the chain ends. */
export const AUDIT_HEAD = "audit-head";

/** Where a chain ends. */
export interface AuditHead {
  readonly entries: number;
  /** Hash of the last line, hex. */
  readonly hash: string;
}

/**
 * Say where the chain ends, in the transaction that appends to it: who has the rows and not the secret key can neither cut
 * it off nor write it anew, other than back to an end that he has seen.
 */
export async function keepHead(
  tables: Kysely<Tables>,
  secrets: Pick<SecretBox, "seal">,
  head: AuditHead,
): Promise<void> {
  const value = await sealHead(secrets, head);
  await tables
    .insertInto("settings")
    .values({ name: AUDIT_HEAD, value })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
    .execute();
}

/** As the setting has it. */
export async function sealHead(secrets: Pick<SecretBox, "seal">, head: AuditHead): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(head));
  return Buffer.from(await secrets.seal(AUDIT_HEAD, text)).toString("base64");
}

/** @returns null where none is kept. @throws VerifierError DATA_INVALID where it was not sealed here */
export async function readHead(
  tables: Kysely<Tables>,
  secrets: Pick<SecretBox, "open">,
): Promise<AuditHead | null> {
  const row = await tables
    .selectFrom("settings")
    .select("value")
    .where("name", "=", AUDIT_HEAD)
    .executeTakeFirst();
  if (row === undefined) return null;
  const opened = await secrets.open(AUDIT_HEAD, new Uint8Array(Buffer.from(row.value, "base64")));
  return JSON.parse(new TextDecoder().decode(opened)) as AuditHead;
}
