import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { VerifierError } from "../error.js";
import type { SessionCookie } from "../http/admit.js";
import { jsonAnswer, jsonBody, problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { newApi } from "../http/new-api.js";
import type { Services } from "../services.js";
import type { Me, SignIn, User } from "../shapes/access.js";
import type { Admissions } from "./admissions.js";
import { fitsPassword, MAX_PASSWORD } from "./passwords.js";
import { createSignInLimits } from "./sign-in-limits.js";
import { takeTicket } from "./tickets.js";
import { csrfOf } from "./tokens.js";
import { showUser, userSchema } from "./user-view.js";

const tags = ["Session"];
const MAX_NAME = 200;
const MAX_TICKET = 100;

const signInSchema: z.ZodType<SignIn> = z
  .union([
    z.strictObject({ name: z.string().max(MAX_NAME), password: z.string().max(MAX_PASSWORD) }),
    z.strictObject({ ticket: z.string().max(MAX_TICKET) }),
  ])
  .openapi("SignIn");
const meSchema: z.ZodType<Me> = z.object({ user: userSchema, csrf: z.string().nullable() }).openapi("Me");

const begin = createRoute({
  method: "post",
  path: "/session",
  tags,
  summary: "Sign in",
  security: [],
  request: { body: jsonBody(signInSchema) },
  responses: { 201: jsonAnswer(meSchema, "A session was begun; its cookie comes along"), ...problems },
});
const read = createRoute({
  method: "get",
  path: "/session",
  tags,
  summary: "Who is signed in",
  responses: { 200: jsonAnswer(meSchema, "Whoever asks"), ...problems },
});
const end = createRoute({
  method: "delete",
  path: "/session",
  tags,
  summary: "Sign out",
  responses: { 204: { description: "The session has ended" }, ...problems },
});

/** Signing in and out. */
export function sessionRoutes(
  services: Services,
  { admissions, cookie }: { readonly admissions: Admissions; readonly cookie: SessionCookie },
): OpenAPIHono<Env> {
  const { database, audit } = services;
  const limits = createSignInLimits(database);
  const api = newApi();

  api.openapi(begin, async (c) => {
    const asked = c.req.valid("json");
    const { address } = c.var;
    const name = "name" in asked ? asked.name : "ticket";
    await limits.attempt(name, address);
    const found =
      "name" in asked ? await byPassword(services, asked) : await byTicket(services, asked.ticket);
    const token = found === null ? null : await admissions.sessions.begin(found.user.id, found.by);
    if (found === null || token === null) {
      await audit({ name: "nobody", address }, "session.refuse", null, { name: name.slice(0, MAX_NAME) });
      throw refused();
    }
    const { user } = found;
    await limits.succeeded(name, address);
    await audit({ name: user.name, address }, "session.begin", `users/${user.id}`, {
      by: "name" in asked ? "password" : "ticket",
    });
    cookie.set(c, token);
    return c.json({ user, csrf: csrfOf(token) }, 201, { location: "/api/v1/session" });
  });

  api.openapi(read, async (c) => {
    const user = await userOf(services, c.var.signedIn.userId);
    return c.json({ user, csrf: c.var.session?.csrf ?? null }, 200);
  });

  api.openapi(end, async (c) => {
    const { session } = c.var;
    if (session !== null) {
      await admissions.sessions.end(session.id);
      admissions.forget();
      cookie.remove(c);
      await audit(c.var.signedIn, "session.end", `users/${c.var.signedIn.userId}`);
    }
    return c.body(null, 204);
  });
  return api;
}

/** Who it is, and by what. */
interface Found {
  readonly user: User;
  readonly by: { readonly password: string } | "ticket";
}

async function byPassword(
  { database }: Services,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<Found | null> {
  // No database takes a NUL, and no name has one.
  const row = await database.tables
    .selectFrom("users")
    .selectAll()
    .where("name", "=", name.replaceAll("\0", "\u{fffd}"))
    .executeTakeFirst();
  const fits = await fitsPassword(password, row?.password ?? null);
  if (row === undefined || !fits || row.disabled) return null;
  return { user: showUser(row), by: { password: row.password } };
}

async function byTicket(services: Services, ticket: string): Promise<Found | null> {
  const id = await takeTicket(services, ticket);
  if (id === null) return null;
  const user = await userOf(services, id);
  return user.disabled ? null : { user, by: "ticket" };
}

async function userOf({ database }: Services, id: string): Promise<User> {
  const row = await database.tables
    .selectFrom("users")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return showUser(row);
}

function refused(): VerifierError {
  return new VerifierError(
    "SIGN_IN_FAILED",
    "name and password, or the ticket, are not right",
    "Try again; an admin can set another password, and the service prints a new ticket when it starts without one.",
  );
}
