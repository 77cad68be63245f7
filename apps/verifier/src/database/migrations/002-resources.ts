import type { Migration } from "kysely";

/** What investigations are about. */
export const resources: Migration = {
  async up(db) {
    await db.schema
      .createTable("uploads")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("bytes", "integer", (column) => column.notNull())
      .addColumn("sha256", "text", (column) => column.notNull())
      .addColumn("uploaded", "timestamptz", (column) => column.notNull())
      .execute();
  },
};
