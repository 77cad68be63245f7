import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Logger } from "pino";
import type { ClientAddress } from "../access/client-address.js";
import type { Metrics } from "../ops/metrics.js";
import type { Env } from "./env.js";

/** Methods that are counted under their own name; clients can invent others without end. */
const METHODS = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"];

/** Give every request its id, count it, and tell the log of it: its path, and nothing that it carries. */
export function watchRequests(options: {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly addressOf: ClientAddress;
}): MiddlewareHandler<Env> {
  const { log, metrics, addressOf } = options;
  return async (c, next) => {
    const requestId = randomUUID();
    const address = addressOf(c);
    const began = performance.now();
    c.set("requestId", requestId);
    c.set("address", address);
    c.header("x-request-id", requestId);
    await next();
    const { status } = c.res;
    const seconds = (performance.now() - began) / 1000;
    const route = routePath(c, -1);
    const method = METHODS.includes(c.req.method) ? c.req.method : "other";
    metrics.answered({ method, route: route.includes("*") ? "other" : route, status, seconds });
    const level = status >= 500 ? "error" : status >= 400 ? "warn" : "info";
    if (!log.isLevelEnabled(level)) return;
    const actor = c.var.signedIn?.name ?? null;
    const line = {
      requestId,
      method,
      path: c.req.path,
      status,
      actor,
      address,
      ms: Math.round(seconds * 1e5) / 100,
    };
    log[level](line, status >= 400 ? "refused" : "answered");
  };
}
