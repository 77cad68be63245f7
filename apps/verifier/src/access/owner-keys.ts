import type { Services } from "../services.js";
import { VerifierError } from "../error.js";

/** What an owner key is sealed for. */
export function ownerKeyPurpose(id: string): string {
  return `owner-key/${id}`;
}

/**
 * An owner key that the service keeps, 32 bytes.
 *
 * @throws VerifierError NOT_FOUND, DATA_INVALID
 */
export async function openOwnerKey(
  { database, secrets }: Pick<Services, "database" | "secrets">,
  id: string,
): Promise<Uint8Array> {
  const row = await database.tables
    .selectFrom("owner_keys")
    .select("sealed")
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw noOwnerKey();
  return await secrets.open(ownerKeyPurpose(id), row.sealed);
}

export function noOwnerKey(): VerifierError {
  return new VerifierError("NOT_FOUND", "there is no such owner key", "List the owner keys.");
}
