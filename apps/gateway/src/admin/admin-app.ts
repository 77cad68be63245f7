import { type Context, Hono, type MiddlewareHandler } from "hono";
import { keyIdOf } from "../access/api-key.js";
import { createFailures, type Failures } from "../access/failures.js";
import type { Networks } from "../access/networks.js";
import { answerError } from "../answer-error.js";
import { callerOf, trustProxies } from "../caller.js";
import { limitedBody } from "../limited-body.js";
import { type AdminEvent, type ApiOptions, apiRoutes } from "./api-routes.js";
import { assetRoutes } from "./assets.js";
import { createGuard, type Guard, sameOriginOnly } from "./guard.js";
import { createLogDesk, type LogPlace } from "./log-desk.js";
import { adminPage, loginPage } from "./pages.js";
import { createSessions } from "./sessions.js";

/** Bytes of a request: a key, or nothing. */
const MAX_BODY_BYTES = 4096;

/**
 * Nothing but the page's own files: no inline script or style, no other host, no frame around it, and no text that
 * becomes markup (CSP level 3; Trusted Types).
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  // Without a referrer browsers would not say from where a form was sent.
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "cache-control": "no-store",
};

export interface AdminOptions extends Omit<ApiOptions, "logs"> {
  /** Query logs that can be checked. */
  readonly logs: readonly LogPlace[];
  /** Whether the page is reached over HTTPS alone; then its cookie is never sent otherwise. */
  readonly secureCookie: boolean;
  /** Proxies whose `x-forwarded-for` is believed; default none. */
  readonly trusted?: Networks;
}

const NOBODY: Networks = () => false;

/** The admin page under `/admin`, for whoever shows a key with the scope `*:admin`. */
export function adminApp({ logs, secureCookie, trusted = NOBODY, ...options }: AdminOptions): Hono {
  const { keys, context, tell } = options;
  const sessions = createSessions(context);
  const guard = createGuard({ sessions, keys: keys.desk, clock: context.clock, secureCookie });
  const app = new Hono().basePath("/admin");
  app.onError(answerError);
  const failures = createFailures();
  app.use(headers());
  app.use(sameOriginOnly());
  app.use(limitedBody(MAX_BODY_BYTES));
  app.get("/", (c) => {
    const admitted = guard.admitted(c);
    return c.html(admitted === null ? loginPage(null) : adminPage(admitted));
  });
  app.post("/login", (c) => {
    trustProxies(c, trusted);
    return login(c, { guard, failures, tell });
  });
  app.post("/logout", async (c) => {
    const { key } = await guard.require(c);
    guard.logout(c);
    tell({ event: "logout", by: key.id, subject: null });
    return c.redirect("/admin", 303);
  });
  app.route("/assets", assetRoutes());
  app.route("/api", apiRoutes(guard, { ...options, logs: createLogDesk(logs, context.clock) }));
  return app;
}

/** A key has 256 random bits, so there is nothing to guess; wrong ones are slowed to spare the gateway and its log. */
async function login(
  c: Context,
  {
    guard,
    failures,
    tell,
  }: {
    readonly guard: Guard;
    readonly failures: Failures;
    readonly tell: (event: AdminEvent) => void;
  },
): Promise<Response> {
  const { key: shown } = await c.req.parseBody();
  const token = typeof shown === "string" ? shown.trim() : "";
  const key = guard.login(c, token);
  if (key !== null) {
    tell({ event: "login", by: key.id, subject: null });
    return c.redirect("/admin", 303);
  }
  const { address } = callerOf(c, null, null);
  tell({
    event: "login-refused",
    by: null,
    subject: keyIdOf(token),
    ...(address === null ? {} : { address }),
  });
  const wait = failures.note(address);
  if (wait === null) return c.html(loginPage("This is no live key with the scope *:admin."), 401);
  return c.html(loginPage("Too many wrong keys came from this address: wait a minute."), 429, {
    "retry-after": String(wait),
  });
}

function headers(): MiddlewareHandler {
  return async (c, next) => {
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    await next();
  };
}
