import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";

/** Largest request: thousands of rows of tokens as JSON. */
export const MAX_BODY_BYTES: number = 64 * 2 ** 20;

/** Turn larger bodies away, before or while they are read. */
export function limitedBody(maxSize: number): MiddlewareHandler {
  const counted = bodyLimit({ maxSize, onError: tooLarge });
  return (c, next) => {
    const length = saidLength(c);
    if (length === null) return counted(c, next);
    return length > maxSize ? Promise.resolve(tooLarge(c)) : next().then(() => undefined);
  };
}

/** Where the length is said, HTTP holds the body to it, and it need not become a stream to be counted, which takes longer. */
function saidLength({ req }: Context): number | null {
  const length = req.header("content-length");
  if (length === undefined || req.header("transfer-encoding") !== undefined) return null;
  return /^\d{1,15}$/.test(length) ? Number(length) : null;
}

function tooLarge(c: Context): Response {
  return c.json({ error: "the request is too large" }, 413);
}
