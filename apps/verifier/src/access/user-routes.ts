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
import type { Actor, Services } from "../services.js";
import type { NewUser, User, UserChange } from "../shapes/access.js";
import type { Admissions } from "./admissions.js";
import { fitsPassword, MAX_PASSWORD, MIN_PASSWORD, storePassword } from "./passwords.js";
import { createSignInLimits, type SignInLimits } from "./sign-in-limits.js";
import { roleSchema, showUser, USER_COLUMNS, userSchema } from "./user-view.js";

const tags = ["Users"];
const passwordField = z.string().min(MIN_PASSWORD).max(MAX_PASSWORD);

const newUserSchema: z.ZodType<NewUser> = z
  .strictObject({ name: nameField, password: passwordField, role: roleSchema })
  .openapi("NewUser");
const changeSchema: z.ZodType<Changed> = z
  .strictObject({
    currentPassword: z.string().max(MAX_PASSWORD).optional(),
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
    "One's own new password takes the present one. A new password, another role or disabling ends the sessions of that user, but for the one that asks.",
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
  const limits = createSignInLimits(database);
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
    if (id === userId && asked.password !== undefined && c.var.session !== null)
      await requireCurrent(services, c.var.signedIn, { limits, session: c.var.session.id, asked });
    const after = await apply(services, id, { asked, check: (before) => requireMatch(c, etagOf(before)) });
    await admissions.sessions.endOthers(id, c.var.session?.id ?? null);
    admissions.forget();
    const { password, currentPassword: _, ...rest } = asked;
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
  if (row === undefined) throw noUser();
  return showUser(row);
}

/**
 * Whoever finds a browser open does not take over its user: a new password takes the present one, and guessing it is
 * counted as signing in is. A session that a ticket began needs none, once.
 *
 * @throws VerifierError UNPROCESSABLE, TOO_MANY_REQUESTS
 */
async function requireCurrent(
  { database: { tables } }: Services,
  { userId, name, address }: Actor & { readonly userId: string },
  given: { readonly limits: SignInLimits; readonly session: string; readonly asked: Changed },
): Promise<void> {
  const { limits, session, asked } = given;
  const spent = await tables
    .updateTable("sessions")
    .set({ may_set_password: false })
    .where("id", "=", session)
    .where("may_set_password", "=", true)
    .returning("id")
    .executeTakeFirst();
  if (spent !== undefined) return;
  await limits.attempt(name, address);
  const user = await tables
    .selectFrom("users")
    .select("password")
    .where("id", "=", userId)
    .executeTakeFirst();
  if (!(await fitsPassword(asked.currentPassword ?? "", user?.password ?? null))) throw notCurrent();
  await limits.succeeded(name, address);
}

/**
 * Change what is asked and nothing else, of the user as he is by then: what somebody else changed meanwhile stays.
 *
 * @param changing.check refuses where he is not as the client saw him
 * @throws VerifierError NOT_FOUND, STATE_CONFLICT where no admin would be left who may sign in
 */
async function apply(
  { database }: Services,
  id: string,
  changing: { readonly asked: Changed; readonly check: (before: User) => void },
): Promise<User> {
  const { password, role, disabled } = changing.asked;
  const stored = password === undefined ? null : await storePassword(password);
  return await database.tables.transaction().execute(async (tables) => {
    const admins = await tables
      .selectFrom("users")
      .select("id")
      .where("role", "=", "admin")
      .where("disabled", "=", false)
      .orderBy("id")
      .forUpdate()
      .execute();
    const row = await tables
      .selectFrom("users")
      .select(USER_COLUMNS)
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) throw noUser();
    changing.check(showUser(row));
    const after = { role: role ?? row.role, disabled: disabled ?? row.disabled };
    const stays = after.role === "admin" && !after.disabled;
    if (!stays && admins.every((each) => each.id === id)) throw lastAdmin();
    const changed = await tables
      .updateTable("users")
      .set({ ...after, ...(stored === null ? {} : { password: stored }) })
      .where("id", "=", id)
      .returning(USER_COLUMNS)
      .executeTakeFirstOrThrow();
    return showUser(changed);
  });
}

function notCurrent(): VerifierError {
  return new VerifierError(
    "UNPROCESSABLE",
    "the present password is not right",
    "Send it as `currentPassword`; whoever forgot it asks an admin for another, or for a ticket.",
  );
}

function noUser(): VerifierError {
  return new VerifierError("NOT_FOUND", "there is no such user", "List the users.");
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
