import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Admission, Admissions } from "../access/admissions.js";
import { SESSION_MS } from "../access/sessions.js";
import { sameWord } from "../access/tokens.js";
import { VerifierError } from "../error.js";
import type { Env } from "./env.js";

const CSRF_HEADER = "x-csrf-token";
const BEARER = /^Bearer +(\S+)$/i;
const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"];

/** The cookie that a session is carried in. */
export interface SessionCookie {
  readonly name: string;
  readonly set: (c: Context, token: string) => void;
  readonly read: (c: Context) => string | undefined;
  readonly remove: (c: Context) => void;
}

/** @param secure whether browsers come over https, and send it over nothing else */
export function sessionCookie(secure: boolean): SessionCookie {
  const options = { path: "/", httpOnly: true, sameSite: "Strict", secure } as const;
  // The prefix binds it to this host (RFC 6265bis, section 4.1.3.2).
  const name = secure ? "__Host-indicia" : "indicia";
  return {
    name,
    set: (c, token) => setCookie(c, name, token, { ...options, maxAge: SESSION_MS / 1000 }),
    read: (c) => getCookie(c, name),
    remove: (c) => void deleteCookie(c, name, options),
  };
}

/**
 * Turn away what a page of another site sends: by `sec-fetch-site`, which scripts cannot set (Fetch Metadata, section
 * 2.4), or else by `origin`. Clients that send neither are no browsers of today.
 */
export function sameOriginOnly(): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (!SAFE_METHODS.includes(c.req.method) && isCrossSite(c))
      throw csrfError("this change comes from a page of another site");
    await next();
  };
}

function isCrossSite(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  const origin = c.req.header("origin");
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== c.req.header("host");
}

/**
 * Let in whoever has a session or an API key, with no more than so many requests a minute, and see that a change by a
 * session comes from our page.
 *
 * @param open says which requests need nobody signed in
 */
export function admit(options: {
  readonly admissions: Admissions;
  readonly cookie: SessionCookie;
  readonly requestsPerMinute: number;
  readonly open: (c: Context) => boolean;
}): MiddlewareHandler<Env> {
  const { admissions, cookie, requestsPerMinute, open } = options;
  const limiter = new RateLimiterMemory({ points: requestsPerMinute, duration: 60 });
  return async (c, next) => {
    if (open(c)) return await next();
    const admission = await admissionOf(c, admissions, cookie);
    if (admission === null)
      throw new VerifierError("SIGN_IN_REQUIRED", "nobody is signed in", "Sign in, or send an API key.");
    await spend(limiter, admission.userId);
    const { session } = admission;
    const isChange = !SAFE_METHODS.includes(c.req.method);
    if (isChange && session !== null && !sameWord(c.req.header(CSRF_HEADER) ?? "", session.csrf))
      throw csrfError("this change does not carry the token of its session");
    const { userId, name, role } = admission;
    c.set("signedIn", { userId, name, role, address: c.var.address });
    c.set("session", session);
    return await next();
  };
}

async function admissionOf(
  c: Context<Env>,
  admissions: Admissions,
  cookie: SessionCookie,
): Promise<Admission | null> {
  const authorization = c.req.header("authorization");
  if (authorization !== undefined) {
    const key = BEARER.exec(authorization)?.[1];
    return key === undefined ? null : await admissions.byKey(key);
  }
  const token = cookie.read(c);
  return token === undefined ? null : await admissions.bySession(token);
}

/** Count one request. @throws VerifierError TOO_MANY_REQUESTS */
async function spend(limiter: RateLimiterMemory, who: string): Promise<void> {
  try {
    await limiter.consume(who);
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    throw new VerifierError(
      "TOO_MANY_REQUESTS",
      "you ask more than this service admits in a minute",
      "Ask less often, or have the limit raised in the configuration.",
      { retryAfter: refused.msBeforeNext / 1000 },
    );
  }
}

function csrfError(message: string): VerifierError {
  return new VerifierError(
    "CSRF_REQUIRED",
    message,
    `Send the \`csrf\` of GET /api/v1/session as ${CSRF_HEADER}, or use an API key.`,
  );
}
