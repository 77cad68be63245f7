import { randomBytes } from "node:crypto";
import { KEY_BYTES, keyFileText, readKeyFile } from "@indicia/operations/key-file";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { VerifierError } from "../error.js";
import { jsonAnswer, jsonBody, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { etagged } from "../http/etag.js";
import { idField, idParams, nameField } from "../http/fields.js";
import { idempotent } from "../http/idempotency.js";
import { newApi } from "../http/new-api.js";
import { pageQuery, pageSchema, readCursor, toPage } from "../http/pages.js";
import { requires } from "../http/requires.js";
import { newId } from "../new-id.js";
import type { Services } from "../services.js";
import type { MadeOwnerKey, NewOwnerKey, OwnerKey } from "../shapes/access.js";
import { dropUpload, requireUpload } from "../uploads/upload-store.js";
import { SEALED_FOR } from "../secrets/purposes.js";

const tags = ["Owner keys"];
const MAX_PASSPHRASE = 1000;
/** Where the reader of key files looks for the passphrase. */
const PASSPHRASE = "PASSPHRASE";

const shown = { id: z.string(), name: z.string(), created: z.string(), models: z.number().int() };
const keySchema: z.ZodType<OwnerKey> = z.object(shown).openapi("OwnerKey");
const madeSchema: z.ZodType<MadeOwnerKey> = z
  .object({ ...shown, file: z.string().nullable() })
  .openapi("MadeOwnerKey");
const newKeySchema: z.ZodType<NewOwnerKey> = z
  .discriminatedUnion("kind", [
    z.strictObject({ name: nameField, kind: z.literal("drawn") }),
    z.strictObject({
      name: nameField,
      kind: z.literal("uploaded"),
      upload: idField,
      passphrase: z.string().min(1).max(MAX_PASSPHRASE).nullable(),
    }),
  ])
  .openapi("NewOwnerKey");

const list = createRoute({
  method: "get",
  path: "/owner-keys",
  tags,
  summary: "Owner keys that the service keeps, the newest first",
  middleware: requires("viewer"),
  request: { query: pageQuery },
  responses: { 200: jsonAnswer(pageSchema(keySchema, "OwnerKeyPage"), "Owner keys"), ...problems },
});
const read = createRoute({
  method: "get",
  path: "/owner-keys/{id}",
  tags,
  summary: "What an owner key is called, and how many models are registered under it",
  middleware: requires("viewer"),
  request: { params: idParams },
  responses: { 200: jsonAnswer(keySchema, "The owner key, without the key"), ...problems },
});
const remove = createRoute({
  method: "delete",
  path: "/owner-keys/{id}",
  tags,
  summary: "Forget an owner key under which no model is registered",
  middleware: requires("admin"),
  request: { params: idParams },
  responses: { 204: { description: "The service keeps it no more" }, ...problems },
});

/** Owner keys, sealed at rest: they come in and never go out, but for the one time that a drawn one is handed over. */
export function ownerKeyRoutes(services: Services): OpenAPIHono<Env> {
  const { database, audit, clock, secrets } = services;
  const { tables } = database;
  const create = createRoute({
    method: "post",
    path: "/owner-keys",
    tags,
    summary: "Have an owner key drawn, or give one to the service",
    middleware: [requires("admin"), idempotent(services)] as const,
    request: { body: jsonBody(newKeySchema) },
    responses: {
      201: jsonAnswer(madeSchema, "The owner key; a drawn one with its file, this once"),
      ...problems,
    },
  });
  const api = newApi();

  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const after = readCursor(query);
    const all = withModels(services).limit(query.limit + 1);
    const rows = await (after === null ? all : all.where("owner_keys.id", "<", after)).execute();
    return c.json(toPage(rows, query, show), 200);
  });

  api.openapi(create, async (c) => {
    const asked = c.req.valid("json");
    const { key, file } = await keyOf(services, asked, c.var.signedIn.userId);
    const id = newId(clock());
    const { name } = asked;
    const created = clock();
    try {
      const sealed = await secrets.seal(SEALED_FOR.ownerKey(id), key);
      await tables.insertInto("owner_keys").values({ id, name, created, sealed }).execute();
    } finally {
      key.fill(0);
    }
    // The file that it came in holds it too.
    if (asked.kind === "uploaded") await dropUpload(services, asked.upload);
    await audit(c.var.signedIn, "owner-key.create", `owner-keys/${id}`, { name, kind: asked.kind });
    const made = { ...show({ id, name, created, models: 0 }), file };
    return c.json(made, 201, { location: `/api/v1/owner-keys/${id}` });
  });

  api.openapi(read, async (c) => {
    const row = await withModels(services)
      .where("owner_keys.id", "=", c.req.valid("param").id)
      .executeTakeFirst();
    if (row === undefined) throw noOwnerKey();
    return etagged(c, show(row));
  });

  api.openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    const row = await withModels(services).where("owner_keys.id", "=", id).executeTakeFirst();
    if (row === undefined) throw noOwnerKey();
    if (Number(row.models) > 0) throw stillUsed();
    await tables.deleteFrom("owner_keys").where("id", "=", id).execute();
    await audit(c.var.signedIn, "owner-key.delete", `owner-keys/${id}`, { name: row.name });
    return c.body(null, 204);
  });
  return api;
}

/** @returns a key that the caller may overwrite */
async function keyOf(
  services: Services,
  asked: NewOwnerKey,
  userId: string,
): Promise<{ readonly key: Uint8Array; readonly file: string | null }> {
  if (asked.kind === "drawn") {
    const key = new Uint8Array(randomBytes(KEY_BYTES));
    return { key, file: keyFileText(key) };
  }
  const upload = await requireUpload(services, { id: asked.upload, userId });
  const source = { path: upload.path, passphraseEnv: asked.passphrase === null ? null : PASSPHRASE };
  const environment = asked.passphrase === null ? {} : { [PASSPHRASE]: asked.passphrase };
  return { key: await readKeyFile(source, { askSecret: null, environment }), file: null };
}

function withModels({ database }: Services) {
  return database.tables
    .selectFrom("owner_keys")
    .select(["owner_keys.id", "owner_keys.name", "owner_keys.created"])
    .select((row) =>
      row
        .selectFrom("models")
        .select(({ fn }) => fn.countAll<string>().as("count"))
        .whereRef("models.owner_key", "=", "owner_keys.id")
        .as("models"),
    )
    .orderBy("owner_keys.id", "desc");
}

function show(row: {
  readonly id: string;
  readonly name: string;
  readonly created: Date;
  readonly models: string | number | null;
}): OwnerKey {
  const { id, name, created, models } = row;
  return { id, name, created: created.toISOString(), models: Number(models) };
}

function stillUsed(): VerifierError {
  return new VerifierError("CONFLICT", "models are registered under it", "Remove those models first.");
}

function noOwnerKey(): VerifierError {
  return new VerifierError("NOT_FOUND", "there is no such owner key", "List the owner keys.");
}
