import type { MiddlewareHandler } from "hono";
import { callerOf, keepCaller } from "./caller.js";
import { shownKey } from "./defences/access.js";
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

/** Characters of a name in a refusal; no model has a longer one. */
const MOST_SHOWN = 64;

/** Turn everybody away who does not show who he is, or may do nothing with the model, before it can be seen what there is. */
export function gate(access: Defence): MiddlewareHandler {
  return async (c, next) => {
    if (!PUBLIC.has(c.req.path)) {
      const caller = callerOf(c, modelNameOf(c.req.path), null);
      keepCaller(c, caller);
      const notes = notesOf(c);
      if (notes !== null) {
        notes.address = caller.address;
        notes.shown = shownKey(caller.headers);
      }
      await access.enter?.(caller);
      if (notes !== null) notes.account = caller.account?.id ?? null;
    }
    await next();
  };
}

/** The model that a path is about, whether or not there is one; null where it is about none. */
function modelNameOf(path: string): string | null {
  const named = /^\/v[12]\/models\/([^/]+)/.exec(path)?.[1];
  if (named === undefined) return null;
  try {
    return decodeURIComponent(named).slice(0, MOST_SHOWN);
  } catch {
    return named.slice(0, MOST_SHOWN);
  }
}
