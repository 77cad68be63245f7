import { nativeSha256 } from "@indicia/evidence/hash-file";
import { sha256Hex } from "@indicia/evidence/canonical";
import { chainLineBytes, chainStart } from "@indicia/evidence/chain";
import type { Logger } from "pino";
import { sql } from "kysely";
import type { OpenDatabase } from "../database/open.js";
import type { Audit, SecretBox } from "../services.js";
import { keepHead } from "./audit-head.js";

/** Type of the lines of the chain. */
export const ENTRY = "entry";
/** Any number that nothing else locks: processes append one after the other. */
const APPEND_LOCK = 7_142_611;

/** What a line of the chain says. */
export interface AuditBody {
  readonly actor: string;
  readonly address: string | null;
  readonly action: string;
  readonly object: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/**
 * The audit log: a hash chain, as transcripts are one, whose lines lie in the database, so that processes over one
 * PostgreSQL share it and both engines have one code path. A trigger refuses to change or delete lines; whoever takes it
 * away and changes one breaks the chain. A chain whose end is cut off, or that was written anew, still fits: so its head is
 * kept sealed, and goes to the program's log with every line, where it can be compared by whoever keeps that elsewhere, also
 * with a database that was put back as a whole.
 */
export function openAudit({
  database,
  secrets,
  clock,
  log,
}: {
  readonly database: OpenDatabase;
  readonly secrets: Pick<SecretBox, "seal">;
  readonly clock: () => Date;
  readonly log: Logger;
}): Audit {
  return async ({ name, address }, action, object, detail = {}) => {
    const body: AuditBody = { actor: name, address, action, object, detail };
    const { index, hash } = await database.tables.transaction().execute(async (tables) => {
      await sql`select pg_advisory_xact_lock(${APPEND_LOCK})`.execute(tables);
      const last = await tables
        .selectFrom("audit_lines")
        .select(["index", "hash"])
        .orderBy("index", "desc")
        .limit(1)
        .executeTakeFirst();
      const place = { index: (last?.index ?? -1) + 1, prev: last?.hash ?? chainStart("audit") };
      const time = clock();
      const bytes = chainLineBytes({ ...place, time: time.toISOString(), type: ENTRY, body });
      const row = {
        index: place.index,
        time,
        actor: name,
        action,
        object,
        line: new TextDecoder().decode(bytes),
        hash: sha256Hex(bytes, nativeSha256),
      };
      await tables.insertInto("audit_lines").values(row).execute();
      await keepHead(tables, secrets, { entries: row.index + 1, hash: row.hash });
      return row;
    });
    log.info({ index, action, object, actor: name, head: hash }, "audited");
  };
}
