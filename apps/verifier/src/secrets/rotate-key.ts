import { AUDIT_HEAD, readHead, sealHead } from "../audit/audit-head.js";
import type { OpenDatabase } from "../database/open.js";
import type { SecretBox } from "../services.js";
import { CHECK, checkValue } from "./open-secrets.js";
import { SEALED_FOR } from "./purposes.js";

/**
 * Every column with sealed values, with what each is sealed for. Whoever adds one adds it here; a test compares the list
 * with the columns of bytes that there are.
 */
export const SEALED_COLUMNS: readonly {
  readonly table: "owner_keys" | "model_jobs" | "suspects";
  readonly column: string;
  readonly purpose: (id: string) => string;
}[] = [
  { table: "owner_keys", column: "sealed", purpose: SEALED_FOR.ownerKey },
  { table: "model_jobs", column: "payload", purpose: SEALED_FOR.payload },
  { table: "suspects", column: "headers", purpose: SEALED_FOR.suspectHeaders },
  { table: "suspects", column: "query", purpose: SEALED_FOR.suspectQuery },
  { table: "suspects", column: "secrets", purpose: SEALED_FOR.suspectSecrets },
];

/**
 * Seal everything under another key, in one transaction.
 *
 * @returns how many secrets that were
 * @throws VerifierError DATA_INVALID where one does not open; then nothing is changed
 */
export async function sealAgain(
  { pool, tables }: OpenDatabase,
  from: SecretBox,
  to: SecretBox,
): Promise<number> {
  // Answers that wait to be repeated are sealed, too, and not worth it.
  await tables.deleteFrom("idempotency").execute();
  // Nobody appends meanwhile: the service is stopped.
  const head = await readHead(tables, from);
  const client = await pool.connect();
  let count = 0;
  try {
    await client.query("begin");
    for (const { table, column, purpose } of SEALED_COLUMNS) {
      const { rows } = await client.query<{ readonly id: string; readonly sealed: Uint8Array }>(
        `select id, "${column}" as sealed from "${table}" where "${column}" is not null for update`,
      );
      for (const { id, sealed } of rows) {
        const secret = await from.open(purpose(id), new Uint8Array(sealed));
        const again = Buffer.from(await to.seal(purpose(id), secret));
        await client.query(`update "${table}" set "${column}" = $1 where id = $2`, [again, id]);
        count++;
      }
    }
    await client.query("update settings set value = $1 where name = $2", [await checkValue(to), CHECK]);
    if (head !== null)
      await client.query("update settings set value = $1 where name = $2", [
        await sealHead(to, head),
        AUDIT_HEAD,
      ]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  } finally {
    client.release();
  }
  return count;
}
