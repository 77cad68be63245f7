import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { VerifierError } from "../error.js";
import { jsonAnswer, jsonBody, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { etagged, etagOf, requireMatch } from "../http/etag.js";
import { idParams, nameField } from "../http/fields.js";
import { idempotent } from "../http/idempotency.js";
import { newApi } from "../http/new-api.js";
import { listPage, pageQuery, pageSchema } from "../http/pages.js";
import { requires } from "../http/requires.js";
import { newId } from "../new-id.js";
import type { Services } from "../services.js";
import type { NewUser, User, UserChange } from "../shapes/access.js";
import type { Admissions } from "./admissions.js";
import { MAX_PASSWORD, MIN_PASSWORD, storePassword } from "./passwords.js";
import { roleSchema, showUser, USER_COLUMNS, userSchema } from "./user-view.js";

const tags = ["Users"];
const passwordField = z.string().min(MIN_PASSWORD).max(MAX_PASSWORD);

const newUserSchema: z.ZodType<NewUser> = z
  .strictObject({ name: nameField, password: passwordField, role: roleSchema })
  .openapi("NewUser");
const changeSchema: z.ZodType<Changed> = z
  .strictObject({
    password: passwordField.optional(),
    role: roleSchema.optional(),
    disabled: z.boolean().optional(),
  })
  .openapi("UserChange");

/** `UserChange` as it comes out of the schema. */
type Changed = { readonly [Field in keyof UserChange]: UserChange[Field] | undefined };

const list = createRoute({
  method: "get",
  path: "/users",
  tags,
  summary: "Users, the newest first",
  middleware: requires("admin"),
  request: { query: pageQuery },
  responses: { 200: jsonAnswer(pageSchema(userSchema, "UserPage"), "Users"), ...problems },
});
const read = createRoute({
  method: "get",
  path: "/users/{id}",
  tags,
  summary: "A user",
  middleware: requires("viewer"),
  request: { params: idParams },
  responses: { 200: jsonAnswer(userSchema, "The user"), ...problems },
});
const change = createRoute({
  method: "patch",
  path: "/users/{id}",
  tags,
  summary: "Change a user: one's own password, or as an admin anything",
  description:
    "A new password, another role or disabling ends the sessions of that user, but for the one that asks.",
  middleware: requires("viewer"),
  request: { params: idParams, body: jsonBody(changeSchema) },
  responses: { 200: jsonAnswer(userSchema, "The user as he is now"), ...problems },
});

/** People who may sign in. They are disabled rather than removed, since the audit log names them. */
export function userRoutes(
  services: Services,
  { admissions }: { readonly admissions: Admissions },
): OpenAPIHono<Env> {
  const { database, audit, clock } = services;
  const { tables } = database;
  const create = createRoute({
    method: "post",
    path: "/users",
    tags,
    summary: "Add a user",
    middleware: [requires("admin"), idempotent(services)] as const,
    request: { body: jsonBody(newUserSchema) },
    responses: { 201: jsonAnswer(userSchema, "The user"), ...problems },
  });
  const api = newApi();

  api.openapi(list, async (c) => {
    const query = c.req.valid("query");
    const all = tables.selectFrom("users").select(USER_COLUMNS);
    return c.json(await listPage(all, query, showUser), 200);
  });

  api.openapi(create, async (c) => {
    const { name, password, role } = c.req.valid("json");
    const stored = await storePassword(password);
    const row = { id: newId(clock()), name, role, created: clock(), disabled: false };
    await tables
      .insertInto("users")
      .values({ ...row, password: stored })
      .execute();
    await audit(c.var.signedIn, "user.create", `users/${row.id}`, { name, role });
    return c.json(showUser(row), 201, { location: `/api/v1/users/${row.id}` });
  });

  api.openapi(read, async (c) => {
    const { id } = c.req.valid("param");
    const { userId, role } = c.var.signedIn;
    if (id !== userId && role !== "admin") throw adminOnly();
    return etagged(c, await find(services, id));
  });

  api.openapi(change, async (c) => {
    const { id } = c.req.valid("param");
    const asked = c.req.valid("json");
    const { userId, role } = c.var.signedIn;
    const isOwnPassword = id === userId && asked.role === undefined && asked.disabled === undefined;
    // An API key changes no password: whoever found one would take over its user.
    if (!isOwnPassword && role !== "admin") throw adminOnly();
    if (id === userId && asked.password !== undefined && c.var.session === null) throw sessionOnly();
    const before = await find(services, id);
    requireMatch(c, etagOf(before));
    const after = await apply(services, before, asked);
    await admissions.sessions.endOthers(id, c.var.session?.id ?? null);
    admissions.forget();
    const { password, ...rest } = asked;
    await audit(c.var.signedIn, "user.change", `users/${id}`, { ...rest, password: password !== undefined });
    return etagged(c, after);
  });
  return api;
}

async function find({ database }: Services, id: string): Promise<User> {
  const row = await database.tables
    .selectFrom("users")
    .select(USER_COLUMNS)
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw new VerifierError("NOT_FOUND", "there is no such user", "List the users.");
  return showUser(row);
}

/** @throws VerifierError STATE_CONFLICT where no admin would be left who may sign in */
async function apply({ database }: Services, before: User, asked: Changed): Promise<User> {
  const stored = asked.password === undefined ? {} : { password: await storePassword(asked.password) };
  const { role = before.role, disabled = before.disabled } = asked;
  return await database.tables.transaction().execute(async (tables) => {
    const admins = await tables
      .selectFrom("users")
      .select("id")
      .where("role", "=", "admin")
      .where("disabled", "=", false)
      .forUpdate()
      .execute();
    const stays = role === "admin" && !disabled;
    if (!stays && admins.every(({ id }) => id === before.id)) throw lastAdmin();
    const row = await tables
      .updateTable("users")
      .set({ role, disabled, ...stored })
      .where("id", "=", before.id)
      .returning(USER_COLUMNS)
      .executeTakeFirstOrThrow();
    return showUser(row);
  });
}

function adminOnly(): VerifierError {
  return new VerifierError(
    "ROLE_REQUIRED",
    "only an admin looks at or changes others, or a role",
    "Ask an admin.",
  );
}

function sessionOnly(): VerifierError {
  return new VerifierError(
    "ROLE_REQUIRED",
    "an API key does not change its user's password",
    "Sign in with the password, and change it then.",
  );
}

function lastAdmin(): VerifierError {
  return new VerifierError(
    "STATE_CONFLICT",
    "this is the last admin who may sign in",
    "Make somebody else an admin first.",
  );
}
