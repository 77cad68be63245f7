import type { Migration } from "kysely";

/** People, and what lets them in. */
export const access: Migration = {
  async up(db) {
    await db.schema
      .createTable("users")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull().unique())
      .addColumn("password", "text", (column) => column.notNull())
      .addColumn("role", "text", (column) => column.notNull())
      .addColumn("created", "timestamptz", (column) => column.notNull())
      .addColumn("disabled", "boolean", (column) => column.notNull().defaultTo(false))
      .execute();
  },
};
