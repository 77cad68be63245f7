import type { Migration } from "kysely";

/** What is asked of whom, and what came of it. */
export const investigations: Migration = {
  async up(db) {
    await db.schema
      .createTable("probe_sets")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("model", "text", (column) => column.notNull())
      .addColumn("order", "text", (column) => column.notNull())
      .addColumn("budget", "integer", (column) => column.notNull())
      .addColumn("created", "timestamptz", (column) => column.notNull())
      .execute();
  },
};
