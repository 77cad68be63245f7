import { type Kysely, Migrator } from "kysely";
import { access } from "./migrations/001-access.js";
import { investigations } from "./migrations/003-investigations.js";
import { resources } from "./migrations/002-resources.js";

/** Every migration, in order. One that was released never changes. */
const MIGRATIONS = {
  "001-access": access,
  "002-resources": resources,
  "003-investigations": investigations,
};

/** Bring the tables up to date; several processes that start at once wait for one another. */
export async function migrate<Tables>(tables: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({
    db: tables,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
