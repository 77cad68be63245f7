import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { BadRequest } from "./bad-request.js";

/** Largest request: thousands of rows of tokens as JSON. */
export const MAX_BODY_BYTES: number = 64 * 2 ** 20;

/** Turn larger bodies away, before or while they are read. */
export function limitedBody(maxSize: number): MiddlewareHandler {
  const counted = bodyLimit({ maxSize, onError: tooLarge });
  return (c, next) => {
    requirePlain(c);
    const length = saidLength(c);
    if (length === null) return counted(c, next);
    return length > maxSize ? Promise.resolve(tooLarge(c)) : next().then(() => undefined);
  };
}

/** A compressed body could be any size once it is opened. @throws BadRequest 415 */
function requirePlain({ req }: Context): void {
  const encoding = req.header("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding === "identity" || encoding === "") return;
  throw new BadRequest(
    `content-encoding ${JSON.stringify(encoding.slice(0, 40))} is not taken: send the body as it is`,
    415,
  );
}

/** Where the length is said, HTTP holds the body to it, and it need not become a stream to be counted, which takes longer. */
function saidLength({ req }: Context): number | null {
  const length = req.header("content-length");
  if (length === undefined || req.header("transfer-encoding") !== undefined) return null;
  return /^\d{1,15}$/.test(length) ? Number(length) : null;
}

function tooLarge(c: Context): Response {
  return c.json({ error: "the request is too large: send fewer rows at once", code: "TOO_LARGE" }, 413);
}
