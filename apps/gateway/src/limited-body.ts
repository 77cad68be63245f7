import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";

/** Largest request: thousands of rows of tokens as JSON. */
export const MAX_BODY_BYTES: number = 64 * 2 ** 20;

/** Turn larger bodies away, before or while they are read. */
export function limitedBody(maxSize: number): MiddlewareHandler {
  return bodyLimit({ maxSize, onError: (c) => c.json({ error: "the request is too large" }, 413) });
}
