import { newId } from "../new-id.js";
import type { Services } from "../services.js";
import { NO_PASSWORD } from "./passwords.js";
import { issueTicket } from "./tickets.js";

const SYSTEM = { name: "system", address: null };

/**
 * A ticket for an admin, as long as no admin has a password: on the very first start for one who is made. Several
 * processes that start at once make one admin, and a ticket each.
 *
 * @returns null where some admin can sign in with a password
 */
export async function firstTicket(services: Services): Promise<string | null> {
  const { database, audit, clock } = services;
  const admins = await database.tables
    .selectFrom("users")
    .select(["id", "password"])
    .where("role", "=", "admin")
    .where("disabled", "=", false)
    .orderBy("id")
    .execute();
  if (admins.some(({ password }) => password !== NO_PASSWORD)) return null;
  const [known] = admins;
  if (known !== undefined) return await issueTicket(services, known.id);
  const created = clock();
  const made = await database.tables
    .insertInto("users")
    .values({ id: newId(created), name: "admin", password: NO_PASSWORD, role: "admin", created })
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  if (made === undefined) return await firstTicket(services);
  await audit(SYSTEM, "user.create", `users/${made.id}`, { name: "admin", role: "admin" });
  return await issueTicket(services, made.id);
}
