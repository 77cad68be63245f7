import type { MiddlewareHandler } from "hono";
import type { Env } from "./env.js";

/** What pages of ours may do: load from here, and nothing inline. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");
const ALWAYS: readonly (readonly [string, string])[] = [
  ["content-security-policy", POLICY],
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["permissions-policy", "camera=(), geolocation=(), microphone=()"],
];
/** A year: whoever came over https once comes over nothing else. */
const TRANSPORT = ["strict-transport-security", "max-age=31536000"] as const;

/** What the API says is for whoever asked, and may have changed by the next time. A handler's own word goes before it. */
const PRIVATE = ["cache-control", "private, no-cache"] as const;
const ALWAYS_THERE = "x-content-type-options";

/** Headers of every answer that bind what browsers do with it. @param secure whether the service is reached over https */
export function securityHeaders(secure: boolean): MiddlewareHandler<Env> {
  const all = secure ? [...ALWAYS, TRANSPORT] : ALWAYS;
  return async (c, next) => {
    const mine = c.req.path.startsWith("/api/") ? [...all, PRIVATE] : all;
    for (const [name, value] of mine) c.header(name, value);
    await next();
    // A handler that made its answer without the context, as files are sent, left them out. For all others to look costs
    // little, and to set them only now would cost more than the answer.
    if (c.res.headers.has(ALWAYS_THERE)) return;
    for (const [name, value] of mine) if (!c.res.headers.has(name)) c.header(name, value);
    c.header("x-request-id", c.var.requestId);
  };
}
