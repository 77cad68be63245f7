import { mkdir } from "node:fs/promises";
import path from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { createPgConfig } from "@electric-sql/pglite/node-postgres";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
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
  readonly close: () => Promise<void>;
}

/** Open the database and bring its tables up to date. The embedded one has to be locked by the caller. */
export async function openDatabase(place: DatabasePlace): Promise<OpenDatabase> {
  const { pool, end } = await connect(place);
  const tables = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const close = async (): Promise<void> => {
    await tables.destroy();
    await end();
  };
  try {
    await migrate(tables);
  } catch (error) {
    await close();
    throw error;
  }
  return { kind: place.kind, tables, pool, close };
}

async function connect(place: DatabasePlace): Promise<{ pool: pg.Pool; end: () => Promise<void> }> {
  if (place.kind === "server") {
    const pool = new pg.Pool({ connectionString: place.url, max: MAX_CONNECTIONS });
    return { pool, end: async () => undefined };
  }
  await mkdir(path.dirname(place.folder), { recursive: true });
  const embedded = await PGlite.create({ dataDir: place.folder });
  const pool = new pg.Pool(createPgConfig(embedded));
  return { pool, end: () => embedded.close() };
}
