import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { KeyDesk } from "../access/key-desk.js";
import { isLive, type KeyRecord } from "../access/key-records.js";
import { allows } from "../access/scopes.js";
import { Refusal } from "../defences/refusal.js";
import { isOwnChange, SESSION_MS, type Session, type Sessions } from "./sessions.js";

const COOKIE = "indicia_admin";
const PATH = "/admin";
/** Header, or field of a form, in which a change carries its session's token. */
const CSRF_HEADER = "x-csrf-token";
export const CSRF_FIELD = "csrf";
const SAFE_METHODS = ["GET", "HEAD"];

export interface GuardOptions {
  readonly sessions: Sessions;
  readonly keys: Pick<KeyDesk, "find" | "all">;
  readonly clock: () => Date;
  /** Whether browsers send the cookie over HTTPS alone. */
  readonly secureCookie: boolean;
}

/** A session, and the key that opened it. */
export interface Admitted {
  readonly session: Session;
  readonly key: KeyRecord;
}

/** Who may see and change what an admin page shows. */
export interface Guard {
  /** Exchange a key for a session. @returns its key, or null for whatever is no live key with the scope `*:admin` */
  login(c: Context, token: string): KeyRecord | null;
  logout(c: Context): void;
  /** The session that a request belongs to, as long as its key is live and has the scope; null where there is none. */
  admitted(c: Context): Admitted | null;
  /** @throws Refusal UNAUTHENTICATED, or CROSS_SITE for a change without its session's token */
  require(c: Context): Promise<Admitted>;
}

export function createGuard({ sessions, keys, clock, secureCookie }: GuardOptions): Guard {
  const cookie = { path: PATH, httpOnly: true, sameSite: "Strict", secure: secureCookie } as const;
  const isAdmin = (key: KeyRecord): boolean => isLive(key, clock()) && allows(key.scopes, null, "admin");
  const admitted = (c: Context): Admitted | null => {
    const token = getCookie(c, COOKIE);
    const session = token === undefined ? null : sessions.find(token);
    const key = session === null ? undefined : keys.all().find(({ id }) => id === session.keyId);
    return session === null || key === undefined || !isAdmin(key) ? null : { session, key };
  };
  return {
    admitted,
    login(c, token) {
      const key = keys.find(token, clock());
      if (key === null || !isAdmin(key)) return null;
      const begun = sessions.begin(key.id);
      setCookie(c, COOKIE, begun.token, { ...cookie, maxAge: SESSION_MS / 1000 });
      return key;
    },
    logout(c) {
      const token = getCookie(c, COOKIE);
      if (token !== undefined) sessions.end(token);
      deleteCookie(c, COOKIE, cookie);
    },
    async require(c) {
      const found = admitted(c);
      if (found === null) throw new Refusal(401, "UNAUTHENTICATED", "sign in with a key for administration");
      if (!SAFE_METHODS.includes(c.req.method) && !isOwnChange(found.session, await csrfOf(c)))
        throw new Refusal(403, "CROSS_SITE", "this change does not come from the admin page");
      return found;
    },
  };
}

async function csrfOf(c: Context): Promise<string | undefined> {
  const shown = c.req.header(CSRF_HEADER);
  if (shown !== undefined) return shown;
  const field = (await c.req.parseBody())[CSRF_FIELD];
  return typeof field === "string" ? field : undefined;
}

/**
 * Turn away what a page of another site sends, before anything is looked at: by `sec-fetch-site`, which scripts cannot
 * set (Fetch Metadata, section 2.4), or else by `origin`. Clients that send neither are no browsers of today.
 */
export function sameOriginOnly(): MiddlewareHandler {
  return async (c, next) => {
    if (!SAFE_METHODS.includes(c.req.method) && !isSameOrigin(c))
      throw new Refusal(403, "CROSS_SITE", "this change does not come from the admin page");
    await next();
  };
}

function isSameOrigin(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const origin = c.req.header("origin") ?? "";
  return URL.canParse(origin) && new URL(origin).host === c.req.header("host");
}
