import type { MiddlewareHandler } from "hono";
import { callerOf } from "./caller.js";
import type { Defence } from "./defences/defence.js";
import { notesOf } from "./ops/notes.js";

/** What is answered without knowing who asks: nothing of it is about a model. */
const PUBLIC: ReadonlySet<string> = new Set([
  "/v2",
  "/v2/health/live",
  "/v2/health/ready",
  "/health",
  "/terms",
]);

/** Turn everybody away who does not show who he is, before it can be seen which models and routes there are. */
export function gate(access: Defence): MiddlewareHandler {
  return async (c, next) => {
    if (!PUBLIC.has(c.req.path)) {
      const caller = callerOf(c, null, null);
      await access.enter?.(caller);
      const notes = notesOf(c);
      if (notes !== null) notes.account = caller.account?.id ?? null;
    }
    await next();
  };
}
