import type { Services } from "../services.js";
import { hashOf, newToken } from "./tokens.js";

/** Time to copy an address from a terminal to a browser, or from the log of a server. */
const TICKET_MS = 3_600_000;

/** Make a word that signs a user in once, within an hour. */
export async function issueTicket(
  { database, clock }: Pick<Services, "database" | "clock">,
  user: string,
): Promise<string> {
  const ticket = newToken();
  const expires = new Date(clock().getTime() + TICKET_MS);
  await database.tables
    .insertInto("tickets")
    .values({ id: hashOf(ticket), user, expires })
    .execute();
  return ticket;
}

/** Take a ticket, which is gone with that. @returns the id of its user, or null where there is no such ticket */
export async function takeTicket(
  { database, clock }: Pick<Services, "database" | "clock">,
  ticket: string,
): Promise<string | null> {
  const now = clock();
  await database.tables.deleteFrom("tickets").where("expires", "<=", now).execute();
  const taken = await database.tables
    .deleteFrom("tickets")
    .where("id", "=", hashOf(ticket))
    .returning("user")
    .executeTakeFirst();
  return taken?.user ?? null;
}
