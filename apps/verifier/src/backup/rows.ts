import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import type pg from "pg";
import type { OpenDatabase } from "../database/open.js";

/** Rows that are read or written at once. */
const ROWS_AT_ONCE = 500;
/** What migrations keep for themselves, and what no other process may find after a restore. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  "kysely_migration",
  "kysely_migration_lock",
  "sessions",
  "tickets",
  "idempotency",
  "sign_in_limits",
]);

type Client = Pick<pg.PoolClient, "query">;

/** Every table with rows to be kept, those that others refer to first. */
export async function tablesInOrder(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ readonly table: string; readonly needs: string[] }>(
    `select c.relname as "table",
       coalesce(array_agg(f.confrelid::regclass::text) filter (where f.confrelid <> c.oid), '{}') as needs
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
       left join pg_constraint f on f.conrelid = c.oid and f.contype = 'f'
     where n.nspname = 'public' and c.relkind = 'r' group by c.oid, c.relname order by c.relname`,
  );
  const waiting = rows.filter(({ table }) => !LEFT_OUT.has(table));
  const ordered: string[] = [];
  while (waiting.length > 0) {
    const at = waiting.findIndex(({ needs }) =>
      needs.every((each) => !waiting.some(({ table }) => table === each)),
    );
    const [next] = waiting.splice(Math.max(at, 0), 1);
    if (next !== undefined) ordered.push(next.table);
  }
  return ordered;
}

/** Write the rows of a table as lines of JSON, as the database itself puts them, so that no number loses a digit. */
export async function dumpTable(client: Client, table: string, file: string): Promise<number> {
  const handle = await open(file, "wx", 0o600);
  let count = 0;
  try {
    // A bare alias would mean the column of that name where a table has one; with the star it means the row.
    await client.query(
      `declare rows_of_table no scroll cursor for
         select to_jsonb(whole_row.*)::text as line from "${table}" whole_row`,
    );
    for (;;) {
      const { rows } = await client.query<{ readonly line: string }>(
        `fetch ${ROWS_AT_ONCE} from rows_of_table`,
      );
      if (rows.length === 0) break;
      await handle.writeFile(rows.map(({ line }) => `${line}\n`).join(""));
      count += rows.length;
    }
    await client.query("close rows_of_table");
  } finally {
    await handle.close();
  }
  return count;
}

/** Put lines of JSON back into their table. */
export async function loadTable(client: Client, table: string, file: string): Promise<number> {
  let count = 0;
  let lines: string[] = [];
  const insert = async (): Promise<void> => {
    if (lines.length === 0) return;
    await client.query(
      `insert into "${table}" overriding system value
       select r.* from unnest($1::text[]) line, jsonb_populate_record(null::"${table}", line::jsonb) r`,
      [lines],
    );
    count += lines.length;
    lines = [];
  };
  for await (const line of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    lines.push(line);
    if (lines.length >= ROWS_AT_ONCE) await insert();
  }
  await insert();
  await moveSequences(client, table);
  return count;
}

/** Numbers that the database gives go on after those that came back. */
async function moveSequences(client: Client, table: string): Promise<void> {
  const { rows } = await client.query<{ readonly column: string; readonly sequence: string }>(
    `select a.attname as "column", pg_get_serial_sequence(quote_ident($1), a.attname) as sequence
     from pg_attribute a where a.attrelid = to_regclass(quote_ident($1)) and a.attnum > 0 and not a.attisdropped
       and pg_get_serial_sequence(quote_ident($1), a.attname) is not null`,
    [table],
  );
  for (const { column, sequence } of rows)
    await client.query(
      `select setval($1::regclass, greatest((select coalesce(max("${column}"), 0) from "${table}"), 1))`,
      [sequence],
    );
}

/** Do something in one transaction, which sees one state of all tables. */
export async function inTransaction<Result>(
  { pool }: Pick<OpenDatabase, "pool">,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query("begin isolation level repeatable read");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback");
    throw error;
  } finally {
    client.release();
  }
}
