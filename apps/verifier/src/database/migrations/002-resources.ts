import { type ColumnDefinitionBuilder, type Migration, sql } from "kysely";

const required = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull();
const key = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.primaryKey();
const of =
  (table: string) =>
  (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder =>
    column.notNull().references(`${table}.id`).onDelete("cascade");

/** What investigations are about. */
export const resources: Migration = {
  async up(db) {
    await db.schema
      .createTable("uploads")
      .addColumn("id", "text", key)
      .addColumn("user", "text", required)
      .addColumn("name", "text", required)
      .addColumn("bytes", "integer", required)
      .addColumn("sha256", "text", required)
      .addColumn("uploaded", "timestamptz", required)
      .execute();
    await db.schema.createIndex("uploads_of_user").on("uploads").column("user").execute();
    await db.schema
      .createTable("models")
      .addColumn("id", "text", key)
      .addColumn("name", "text", required)
      .addColumn("notes", "text", required)
      .addColumn("created", "timestamptz", required)
      .addColumn("state", "text", required)
      .addColumn("step", "json")
      .addColumn("error", "json")
      .addColumn("owner_key", "text")
      .addColumn("commitment", "text")
      .addColumn("registration", "json")
      .execute();
    await db.schema
      .createTable("copies")
      .addColumn("id", "text", key)
      .addColumn("model", "text", of("models"))
      .addColumn("name", "text", required)
      .addColumn("customer", "text")
      .addColumn("created", "timestamptz", required)
      .addColumn("state", "text", required)
      .addColumn("step", "json")
      .addColumn("error", "json")
      .addColumn("marked", "json")
      .execute();
    await db.schema.createIndex("copies_of_model").on("copies").column("model").execute();
    await db.schema
      .createTable("model_jobs")
      .addColumn("id", "text", key)
      .addColumn("model", "text", of("models"))
      .addColumn("copy", "text", (column) => column.references("copies.id").onDelete("cascade"))
      .addColumn("options", "json", required)
      .addColumn("payload", "bytea")
      .addColumn("attempts", "integer", (column) => column.notNull().defaultTo(0))
      .addColumn("holder", "text")
      .addColumn("lease", "timestamptz")
      .addColumn("created", "timestamptz", required)
      .execute();
    await db.schema
      .createTable("suspects")
      .addColumn("id", "text", key)
      .addColumn("name", "text", required)
      .addColumn("notes", "text", required)
      .addColumn("created", "timestamptz", required)
      .addColumn("target", "json", required)
      .addColumn("header_names", "json", required)
      .addColumn("headers", "bytea")
      .addColumn("secret_names", "json", (column) => column.notNull().defaultTo("[]"))
      .addColumn("secrets", "bytea")
      .addColumn("query", "bytea")
      .addColumn("rate", sql`double precision`, required)
      .addColumn("inspection", "json")
      .execute();
    await db.schema
      .createTable("inspections")
      .addColumn("id", "text", key)
      .addColumn("suspect", "text", of("suspects"))
      .addColumn("model", "text")
      .addColumn("at", "timestamptz", required)
      .addColumn("found", "json", required)
      .execute();
    await db.schema.createIndex("inspections_of_suspect").on("inspections").column("suspect").execute();
  },
};
