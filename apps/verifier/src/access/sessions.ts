import type { Services } from "../services.js";
import { hashOf, newToken } from "./tokens.js";

/** A session ends when nobody used it for so long: a long meeting. */
const IDLE_MS = 2 * 3_600_000;
/** It ends in any case after a working day. */
export const SESSION_MS: number = 12 * 3_600_000;
/** `seen` is no more exact than this, so that reading costs no writing. */
const SEEN_MS = 60_000;

/** Sessions that are kept as rows, by the hash of their token. */
export interface Sessions {
  /**
   * @param by the stored password that fitted, or a ticket
   * @returns the token, which is kept nowhere; null where the user was disabled or got another password meanwhile
   */
  readonly begin: (user: string, by: { readonly password: string } | "ticket") => Promise<string | null>;
  /** The user of a session, unless it has ended. */
  readonly find: (token: string) => Promise<{ readonly id: string; readonly user: string } | null>;
  readonly end: (id: string) => Promise<void>;
  /** End all sessions of a user but one. */
  readonly endOthers: (user: string, except: string | null) => Promise<void>;
}

export function createSessions({ database, clock }: Pick<Services, "database" | "clock">): Sessions {
  const { tables } = database;
  return {
    async begin(user, by) {
      const token = newToken();
      const now = clock();
      await tables
        .deleteFrom("sessions")
        .where((row) =>
          row.or([
            row("begun", "<", new Date(now.getTime() - SESSION_MS)),
            row("seen", "<", new Date(now.getTime() - IDLE_MS - SEEN_MS)),
          ]),
        )
        .execute();
      const made = await tables.transaction().execute(async (rows) => {
        const known = rows
          .selectFrom("users")
          .select("id")
          .where("id", "=", user)
          .where("disabled", "=", false);
        // Locked, so that a change of the user comes before it or finds the session to end.
        const stays = (by === "ticket" ? known : known.where("password", "=", by.password)).forShare();
        if ((await stays.executeTakeFirst()) === undefined) return false;
        await rows
          .insertInto("sessions")
          .values({ id: hashOf(token), user, begun: now, seen: now, may_set_password: by === "ticket" })
          .execute();
        return true;
      });
      return made ? token : null;
    },
    async find(token) {
      const id = hashOf(token);
      const row = await tables.selectFrom("sessions").selectAll().where("id", "=", id).executeTakeFirst();
      if (row === undefined) return null;
      const now = clock();
      const idle = now.getTime() - row.seen.getTime();
      if (idle >= IDLE_MS || now.getTime() - row.begun.getTime() >= SESSION_MS) return null;
      if (idle >= SEEN_MS)
        await tables.updateTable("sessions").set({ seen: now }).where("id", "=", id).execute();
      return { id, user: row.user };
    },
    async end(id) {
      await tables.deleteFrom("sessions").where("id", "=", id).execute();
    },
    async endOthers(user, except) {
      const all = tables.deleteFrom("sessions").where("user", "=", user);
      await (except === null ? all : all.where("id", "!=", except)).execute();
    },
  };
}
