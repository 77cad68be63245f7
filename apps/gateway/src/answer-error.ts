import type { Context } from "hono";
import { BadRequest } from "./bad-request.js";
import { Refusal } from "./defences/refusal.js";

/** What a client is told of an error. */
export function answerError(error: Error, c: Context): Response {
  if (error instanceof BadRequest) return c.json({ error: error.message, ...error.details }, error.status);
  if (error instanceof Refusal) {
    const again = error.retryAfter === null ? null : String(Math.max(1, Math.ceil(error.retryAfter)));
    const headers = { ...error.headers, ...(again === null ? {} : { "retry-after": again }) };
    return c.json({ error: error.message, code: error.code, ...error.details }, error.status, headers);
  }
  const code = "code" in error ? String(error.code) : "";
  // What the runtime says of an input is the client's business; anything else stays inside.
  if (code.startsWith("INPUT_")) return c.json({ error: error.message, code }, 400);
  return c.json({ error: "the model could not answer", code: "INTERNAL" }, 500);
}
