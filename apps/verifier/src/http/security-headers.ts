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

/** Headers of every answer that bind what browsers do with it. @param secure whether the service is reached over https */
export function securityHeaders(secure: boolean): MiddlewareHandler<Env> {
  const all = secure ? [...ALWAYS, TRANSPORT] : ALWAYS;
  return async (c, next) => {
    for (const [name, value] of all) c.header(name, value);
    await next();
    if (c.req.path.startsWith("/api/") && !c.res.headers.has("cache-control"))
      c.header("cache-control", "private, no-cache");
  };
}
