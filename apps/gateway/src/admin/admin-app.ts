import { type Context, Hono, type MiddlewareHandler } from "hono";
import { answerError } from "../answer-error.js";
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
}

/** The admin page under `/admin`, for whoever shows a key with the scope `*:admin`. */
export function adminApp({ logs, secureCookie, ...options }: AdminOptions): Hono {
  const { keys, context, tell } = options;
  const sessions = createSessions(context);
  const guard = createGuard({ sessions, keys: keys.desk, clock: context.clock, secureCookie });
  const app = new Hono().basePath("/admin");
  app.onError(answerError);
  app.use(headers());
  app.use(sameOriginOnly());
  app.use(limitedBody(MAX_BODY_BYTES));
  app.get("/", (c) => {
    const admitted = guard.admitted(c);
    return c.html(admitted === null ? loginPage(null) : adminPage(admitted));
  });
  app.post("/login", (c) => login(c, guard, tell));
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

/** A key has 256 random bits, so there is nothing to guess, and no attempts to count. */
async function login(c: Context, guard: Guard, tell: (event: AdminEvent) => void): Promise<Response> {
  const { key: token } = await c.req.parseBody();
  const key = typeof token === "string" ? guard.login(c, token.trim()) : null;
  tell({ event: key === null ? "login-refused" : "login", by: key?.id ?? null, subject: null });
  if (key !== null) return c.redirect("/admin", 303);
  return c.html(loginPage("This is no live key with the scope *:admin."), 401);
}

function headers(): MiddlewareHandler {
  return async (c, next) => {
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    await next();
  };
}
