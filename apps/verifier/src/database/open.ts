import { chmod, mkdir } from "node:fs/promises";
import { outliveServer } from "@indicia/service/outlive-server";
import { PGlite } from "@electric-sql/pglite";
import { createPgConfig } from "@electric-sql/pglite/node-postgres";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { VerifierError } from "../error.js";
import { type Changes, countingClient } from "./counting-client.js";
import { migrate } from "./migrate.js";
import type { Tables } from "./tables.js";

/** Where the rows are: in a folder of this process's own, or with a server that several processes share. */
export type DatabasePlace =
  | { readonly kind: "embedded"; readonly folder: string }
  | { readonly kind: "server"; readonly url: string };

/** Connections of one process; PostgreSQL admits a hundred in all by default. */
const MAX_CONNECTIONS = 10;

/** An open database, with all migrations done. */
export interface OpenDatabase {
  readonly kind: DatabasePlace["kind"];
  readonly tables: Kysely<Tables>;
  /** The same connections, for what speaks SQL itself. */
  readonly pool: pg.Pool;
  /** Counts statements that may have changed rows; null where other processes change them, too. */
  readonly changes: Changes | null;
  readonly close: () => Promise<void>;
}

/**
 * Open the database and bring its tables up to date. The embedded one has to be locked by the caller.
 *
 * @throws VerifierError UNAVAILABLE where a server cannot be reached or does not let one in
 */
export async function openDatabase(place: DatabasePlace): Promise<OpenDatabase> {
  const { pool, changes, end } = await connect(place);
  const tables = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const close = async (): Promise<void> => {
    await tables.destroy();
    await end();
  };
  try {
    if (place.kind === "server") await requireReachable(pool);
    await migrate(tables);
  } catch (error) {
    await close();
    throw error;
  }
  return { kind: place.kind, tables, pool, changes, close };
}

/** The address is not repeated: it has a password in it. */
async function requireReachable(pool: pg.Pool): Promise<void> {
  try {
    (await pool.connect()).release();
  } catch (cause) {
    const reason = cause instanceof Error && cause.message !== "" ? cause.message : "no connection";
    throw new VerifierError(
      "UNAVAILABLE",
      `the database cannot be opened: ${reason}`,
      "See that PostgreSQL runs, and that database-url names its host, port, user, password and an existing database.",
      { cause },
    );
  }
}

interface Connected {
  readonly pool: pg.Pool;
  readonly changes: Changes | null;
  readonly end: () => Promise<void>;
}

async function connect(place: DatabasePlace): Promise<Connected> {
  if (place.kind === "server") {
    const pool = new pg.Pool({ connectionString: place.url, max: MAX_CONNECTIONS });
    outliveServer(pool);
    return { pool, changes: null, end: async () => undefined };
  }
  await mkdir(place.folder, { recursive: true, mode: 0o700 });
  // PGlite makes its files writable to everybody, whatever the umask: so nobody else gets into their folder.
  await chmod(place.folder, 0o700);
  const embedded = await PGlite.create({ dataDir: place.folder });
  const { Client, changes } = countingClient();
  const pool = new pg.Pool(Object.assign(createPgConfig(embedded), { Client, max: 1 }));
  return { pool, changes, end: () => embedded.close() };
}
