import type { Services } from "../services.js";
import { reaches } from "../http/requires.js";
import type { Role } from "../shapes/access.js";
import { createSessions, type Sessions } from "./sessions.js";
import { csrfOf, hashOf, prefixOf, sameWord } from "./tokens.js";

/**
 * How long what was found is taken for true. Changes made through this process are known at once, those of another one
 * over the same database after this time.
 */
const REMEMBERED_MS = 2000;
/** Most that are remembered: more people than a team has. */
const MOST_REMEMBERED = 1000;
/** `last_used` is no more exact than this. */
const USED_MS = 60_000;

/** Who is let in, and by what. */
export interface Admission {
  readonly userId: string;
  /** Name of the user, with that of the API key where there is one: `ada/nightly`. */
  readonly name: string;
  readonly role: Role;
  /** Null for an API key. */
  readonly session: { readonly id: string; readonly csrf: string } | null;
}

/** Who may come in. */
export interface Admissions {
  readonly sessions: Sessions;
  readonly bySession: (token: string) => Promise<Admission | null>;
  readonly byKey: (key: string) => Promise<Admission | null>;
  /** Look again at everyone, since users, keys or sessions were changed. */
  readonly forget: () => void;
}

export function createAdmissions(services: Pick<Services, "database" | "clock">): Admissions {
  const { database, clock } = services;
  const { tables } = database;
  const sessions = createSessions(services);
  const remembered = new Map<string, { readonly admission: Admission; readonly until: number }>();
  let changes = 0;

  /** Found again for a moment, whoever was let in; whoever was not is looked up each time. */
  async function remember(secret: string, look: () => Promise<Admission | null>): Promise<Admission | null> {
    const now = performance.now();
    const known = remembered.get(secret);
    if (known !== undefined && now < known.until) return known.admission;
    const before = changes;
    const admission = await look();
    // What was changed meanwhile may not have been seen.
    if (before !== changes) return admission;
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    if (admission === null) remembered.delete(secret);
    else remembered.set(secret, { admission, until: now + REMEMBERED_MS });
    return admission;
  }

  async function throughSession(token: string): Promise<Admission | null> {
    const session = await sessions.find(token);
    if (session === null) return null;
    const user = await tables
      .selectFrom("users")
      .select(["id", "name", "role", "disabled"])
      .where("id", "=", session.user)
      .executeTakeFirst();
    if (user === undefined || user.disabled) return null;
    const { id, name, role } = user;
    return { userId: id, name, role, session: { id: session.id, csrf: csrfOf(token) } };
  }

  async function throughKey(key: string, prefix: string): Promise<Admission | null> {
    const row = await tables
      .selectFrom("api_keys as k")
      .innerJoin("users as u", "u.id", "k.user")
      .select(["k.id", "k.name", "k.sha256", "k.role", "k.expires", "k.last_used"])
      .select(["u.id as userId", "u.name as userName", "u.role as userRole", "u.disabled"])
      .where("k.prefix", "=", prefix)
      .executeTakeFirst();
    if (row === undefined || row.disabled || !sameWord(hashOf(key), row.sha256)) return null;
    const now = clock();
    if (row.expires !== null && row.expires <= now) return null;
    if (row.last_used === null || now.getTime() - row.last_used.getTime() >= USED_MS)
      await tables.updateTable("api_keys").set({ last_used: now }).where("id", "=", row.id).execute();
    // A key never reaches further than its user does by now.
    const role = reaches(row.userRole, row.role) ? row.role : row.userRole;
    return { userId: row.userId, name: `${row.userName}/${row.name}`, role, session: null };
  }

  return {
    sessions,
    bySession: (token) => remember(`session ${token}`, () => throughSession(token)),
    async byKey(key) {
      const prefix = prefixOf(key);
      return prefix === null ? null : await remember(`key ${key}`, () => throughKey(key, prefix));
    },
    forget() {
      changes++;
      remembered.clear();
    },
  };
}
