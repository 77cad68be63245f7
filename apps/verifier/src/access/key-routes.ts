import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Selectable } from "kysely";
import type { AccessTables } from "../database/access-tables.js";
import { VerifierError } from "../error.js";
import { jsonAnswer, jsonBody, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { idParams, nameField } from "../http/fields.js";
import { idempotent } from "../http/idempotency.js";
import { newApi } from "../http/new-api.js";
import { listPage, pageQuery, pageSchema } from "../http/pages.js";
import { reaches, requires } from "../http/requires.js";
import { newId } from "../new-id.js";
import type { Services } from "../services.js";
import type { ApiKey, MadeApiKey, NewApiKey } from "../shapes/access.js";
import type { Admissions } from "./admissions.js";
import { hashOf, newKey, prefixOf } from "./tokens.js";
import { roleSchema } from "./user-view.js";

const tags = ["API keys"];
const shown = {
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  role: roleSchema,
  user: z.string(),
  created: z.string(),
  expires: z.string().nullable(),
  lastUsed: z.string().nullable(),
};
const keySchema: z.ZodType<ApiKey> = z.object(shown).openapi("ApiKey");
const madeSchema: z.ZodType<MadeApiKey> = z.object({ ...shown, key: z.string() }).openapi("MadeApiKey");
const newKeySchema: z.ZodType<NewApiKey> = z
  .strictObject({ name: nameField, role: roleSchema, expires: z.iso.datetime().nullable() })
  .openapi("NewApiKey");

const list = createRoute({
  method: "get",
  path: "/keys",
  tags,
  summary: "One's own API keys, or as an admin everybody's",
  middleware: requires("viewer"),
  request: { query: pageQuery },
  responses: { 200: jsonAnswer(pageSchema(keySchema, "ApiKeyPage"), "API keys"), ...problems },
});
const remove = createRoute({
  method: "delete",
  path: "/keys/{id}",
  tags,
  summary: "Revoke an API key of one's own, or as an admin any",
  middleware: requires("viewer"),
  request: { params: idParams },
  responses: { 204: { description: "It lets nobody in any more" }, ...problems },
});

/** Keys for programs, which act in the name of whoever made them. */
export function keyRoutes(
  services: Services,
  { admissions }: { readonly admissions: Admissions },
): OpenAPIHono<Env> {
  const { database, audit, clock } = services;
  const { tables } = database;
  const create = createRoute({
    method: "post",
    path: "/keys",
    tags,
    summary: "Make an API key, which is shown this once",
    middleware: [requires("viewer"), idempotent(services)] as const,
    request: { body: jsonBody(newKeySchema) },
    responses: { 201: jsonAnswer(madeSchema, "The key"), ...problems },
  });
  const api = newApi();

  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const { userId, role } = c.var.signedIn;
    const all = tables.selectFrom("api_keys").selectAll();
    const listed = role === "admin" ? all : all.where("user", "=", userId);
    return c.json(await listPage(listed, query, showKey), 200);
  });

  api.openapi(create, async (c) => {
    const { name, role, expires } = c.req.valid("json");
    const { userId } = c.var.signedIn;
    if (c.var.session === null) throw sessionOnly();
    if (!reaches(c.var.signedIn.role, role)) throw tooHigh();
    const key = newKey();
    const row = {
      id: newId(clock()),
      name,
      prefix: prefixOf(key) ?? "",
      sha256: hashOf(key),
      role,
      user: userId,
      created: clock(),
      expires: expires === null ? null : new Date(expires),
      last_used: null,
    };
    await tables.insertInto("api_keys").values(row).execute();
    const { prefix } = row;
    await audit(c.var.signedIn, "key.create", `keys/${row.id}`, { name, role, prefix, expires });
    return c.json({ ...showKey(row), key }, 201, { location: `/api/v1/keys/${row.id}` });
  });

  api.openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    const { userId, role } = c.var.signedIn;
    const gone = tables.deleteFrom("api_keys").where("id", "=", id).returning(["name", "prefix"]);
    const row = await (role === "admin" ? gone : gone.where("user", "=", userId)).executeTakeFirst();
    if (row === undefined)
      throw new VerifierError("NOT_FOUND", "there is no such API key of yours", "List the keys.");
    admissions.forget();
    await audit(c.var.signedIn, "key.revoke", `keys/${id}`, row);
    return c.body(null, 204);
  });
  return api;
}

function showKey(row: Selectable<AccessTables["api_keys"]>): ApiKey {
  const { id, name, prefix, role, user, created, expires, last_used } = row;
  return {
    id,
    name,
    prefix,
    role,
    user,
    created: created.toISOString(),
    expires: expires?.toISOString() ?? null,
    lastUsed: last_used?.toISOString() ?? null,
  };
}

function tooHigh(): VerifierError {
  return new VerifierError(
    "ROLE_REQUIRED",
    "a key reaches no further than whoever makes it",
    "Choose your own role, or a lesser one.",
  );
}

function sessionOnly(): VerifierError {
  return new VerifierError(
    "ROLE_REQUIRED",
    "an API key makes no other keys, which would outlive its revocation",
    "Sign in with a password, and make it then.",
  );
}
