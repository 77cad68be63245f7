import { type ColumnDefinitionBuilder, type Migration, sql } from "kysely";

const required = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull();
const key = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.primaryKey();
const zero = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull().defaultTo(0);
const ofInvestigation = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder =>
  column.notNull().references("investigations.id").onDelete("cascade");
const number = sql`double precision`;

/** What is asked of whom, and what came of it. */
export const investigations: Migration = {
  async up(db) {
    await db.schema
      .createTable("probe_sets")
      .addColumn("id", "text", key)
      .addColumn("name", "text", required)
      .addColumn("model", "text", (column) => column.notNull().references("models.id").onDelete("cascade"))
      .addColumn("order", "text", required)
      .addColumn("budget", "integer", required)
      .addColumn("created", "timestamptz", required)
      .execute();
    await db.schema
      .createTable("investigations")
      .addColumn("id", "text", key)
      .addColumn("name", "text", required)
      .addColumn("model", "text", (column) => column.notNull().references("models.id"))
      .addColumn("suspect", "text", (column) => column.notNull().references("suspects.id"))
      .addColumn("probe_set", "text", (column) => column.references("probe_sets.id").onDelete("set null"))
      .addColumn("order", "text", required)
      .addColumn("budget", "integer", required)
      .addColumn("level", number, required)
      .addColumn("rate", number, required)
      .addColumn("per_day", "integer")
      .addColumn("early_stop", "boolean", required)
      .addColumn("state", "text", required)
      .addColumn("reason", "json")
      .addColumn("resume_at", "timestamptz")
      .addColumn("created", "timestamptz", required)
      .addColumn("started", "timestamptz")
      .addColumn("finished", "timestamptz")
      .addColumn("step", "json")
      .addColumn("asked", "integer", zero)
      .addColumn("lost", "integer", zero)
      .addColumn("verdict", "text")
      .addColumn("access", "text")
      .addColumn("probes", "integer", zero)
      .addColumn("t", number)
      .addColumn("log10_p", number)
      .addColumn("seal", "text")
      .addColumn("evidence_sha256", "text")
      .addColumn("evidence_bytes", "integer")
      .addColumn("run", "integer", zero)
      .addColumn("faults", "integer", zero)
      .addColumn("wish", "text")
      .execute();
    await db.schema
      .createIndex("investigations_of_suspect")
      .on("investigations")
      .columns(["suspect", "finished"])
      .execute();
    await db.schema.createIndex("investigations_of_model").on("investigations").column("model").execute();
    await db.schema
      .createTable("looks")
      .addColumn("investigation", "text", ofInvestigation)
      .addColumn("probes", "integer", required)
      .addColumn("lost", "integer", required)
      .addColumn("time", "timestamptz", required)
      .addColumn("t", number)
      .addColumn("log10_p", number)
      .addColumn("log10_p_ideal", number)
      .addPrimaryKeyConstraint("looks_key", ["investigation", "probes"])
      .execute();
    await db.schema
      .createTable("investigation_events")
      .addColumn("id", "bigserial", key)
      .addColumn("investigation", "text", ofInvestigation)
      .addColumn("kind", "text", required)
      .addColumn("time", "timestamptz", required)
      .addColumn("body", "json", required)
      .execute();
    await db.schema
      .createIndex("events_of_investigation")
      .on("investigation_events")
      .columns(["investigation", "id"])
      .execute();
    await db.schema
      .createTable("suspect_hosts")
      .addColumn("host", "text", key)
      .addColumn("next", "timestamptz", required)
      .execute();
    await db.schema
      .createTable("asked_days")
      .addColumn("investigation", "text", ofInvestigation)
      .addColumn("day", "text", required)
      .addColumn("rows", "integer", required)
      .addPrimaryKeyConstraint("asked_days_key", ["investigation", "day"])
      .execute();
  },
};
