import { type Kysely, type Migration, sql } from "kysely";

/** People, what lets them in, and what they did. */
export const access: Migration = {
  async up(db) {
    await people(db);
    await keys(db);
    await requests(db);
    await audit(db);
  },
};

async function people<Any>({ schema }: Kysely<Any>): Promise<void> {
  await schema
    .createTable("users")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull().unique())
    .addColumn("password", "text", (column) => column.notNull())
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("created", "timestamptz", (column) => column.notNull())
    .addColumn("disabled", "boolean", (column) => column.notNull().defaultTo(false))
    .execute();
  await schema
    .createTable("sessions")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("user", "text", (column) => column.notNull().references("users.id").onDelete("cascade"))
    .addColumn("begun", "timestamptz", (column) => column.notNull())
    .addColumn("seen", "timestamptz", (column) => column.notNull())
    .addColumn("may_set_password", "boolean", (column) => column.notNull())
    .execute();
  await schema.createIndex("sessions_user").on("sessions").column("user").execute();
  await schema
    .createTable("tickets")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("user", "text", (column) => column.notNull().references("users.id").onDelete("cascade"))
    .addColumn("expires", "timestamptz", (column) => column.notNull())
    .execute();
}

async function keys<Any>({ schema }: Kysely<Any>): Promise<void> {
  await schema
    .createTable("api_keys")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("prefix", "text", (column) => column.notNull().unique())
    .addColumn("sha256", "text", (column) => column.notNull())
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("user", "text", (column) => column.notNull().references("users.id").onDelete("cascade"))
    .addColumn("created", "timestamptz", (column) => column.notNull())
    .addColumn("expires", "timestamptz")
    .addColumn("last_used", "timestamptz")
    .execute();
  await schema
    .createTable("owner_keys")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull().unique())
    .addColumn("created", "timestamptz", (column) => column.notNull())
    .addColumn("sealed", "bytea", (column) => column.notNull())
    .execute();
}

async function requests<Any>({ schema }: Kysely<Any>): Promise<void> {
  await schema
    .createTable("idempotency")
    .addColumn("user", "text", (column) => column.notNull().references("users.id").onDelete("cascade"))
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("request", "text", (column) => column.notNull())
    .addColumn("begun", "timestamptz", (column) => column.notNull())
    .addColumn("answer", "bytea")
    .addPrimaryKeyConstraint("idempotency_key", ["user", "key"])
    .execute();
  await schema
    .createTable("sign_in_limits")
    .addColumn("key", "varchar(255)", (column) => column.primaryKey())
    .addColumn("points", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("expire", "bigint")
    .execute();
  await schema
    .createTable("settings")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("value", "text", (column) => column.notNull())
    .execute();
}

/** The log's lines can be added and read, and by nobody changed, short of taking the guard away first. */
async function audit<Any>(db: Kysely<Any>): Promise<void> {
  await db.schema
    .createTable("audit_lines")
    .addColumn("index", "integer", (column) => column.primaryKey())
    .addColumn("time", "timestamptz", (column) => column.notNull())
    .addColumn("actor", "text", (column) => column.notNull())
    .addColumn("action", "text", (column) => column.notNull())
    .addColumn("object", "text")
    .addColumn("line", "text", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull())
    .execute();
  await sql`create function audit_lines_stay() returns trigger language plpgsql as
    'begin raise exception ''lines of the audit log stay as they are''; end'`.execute(db);
  await sql`create trigger audit_lines_stay before update or delete or truncate on audit_lines
    for each statement execute function audit_lines_stay()`.execute(db);
}
