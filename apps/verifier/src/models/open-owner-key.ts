import type { Services } from "../services.js";
import { SEALED_FOR } from "../secrets/purposes.js";

/** An owner key that the service keeps, 32 bytes; null where it keeps none of that id. */
export async function openOwnerKey(
  { database, secrets }: Pick<Services, "database" | "secrets">,
  id: string,
): Promise<Uint8Array | null> {
  const row = await database.tables
    .selectFrom("owner_keys")
    .select("sealed")
    .where("id", "=", id)
    .executeTakeFirst();
  return row === undefined ? null : await secrets.open(SEALED_FOR.ownerKey(id), new Uint8Array(row.sealed));
}
