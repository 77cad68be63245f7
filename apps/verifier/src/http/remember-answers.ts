import type { MiddlewareHandler } from "hono";
import type { OpenDatabase } from "../database/open.js";
import type { Env } from "./env.js";

/** Most answers that are remembered: what a team looks at. */
const MOST = 256;
/** Longest of them, in characters: a page of what is large is read again. */
const MAX_LENGTH: number = 256 * 1024;

interface Remembered {
  /** How many changes there had been when it was read. */
  readonly changes: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Answer a GET again without asking the database, as long as no row was changed since. Only where one process owns the
 * database, which knows of every change before anybody learns that it was made.
 *
 * @param fromRows the paths whose answers depend on rows alone, and on who asks
 */
export function rememberAnswers(
  { changes }: Pick<OpenDatabase, "changes">,
  fromRows: readonly RegExp[],
): MiddlewareHandler<Env> {
  const answers = new Map<string, Remembered>();
  return async (c, next) => {
    if (changes === null || c.req.method !== "GET" || !fromRows.some((each) => each.test(c.req.path)))
      return await next();
    const { userId, role } = c.var.signedIn;
    const key = JSON.stringify([userId, role, c.req.url]);
    const before = changes.count();
    const known = answers.get(key);
    if (known !== undefined && known.changes === before) {
      const { etag } = known.headers;
      if (etag !== undefined && c.req.header("if-none-match") === etag) return c.body(null, 304, { etag });
      return c.body(known.body, 200, known.headers);
    }
    await next();
    if (c.error !== undefined || c.res.status !== 200 || changes.count() !== before) return undefined;
    const body = await c.res.clone().text();
    if (body.length > MAX_LENGTH) return undefined;
    // The oldest makes room.
    const [oldest] = answers.keys();
    answers.delete(key);
    if (answers.size >= MOST && oldest !== undefined) answers.delete(oldest);
    const etag = c.res.headers.get("etag");
    const headers = {
      "content-type": c.res.headers.get("content-type") ?? "",
      ...(etag === null ? {} : { etag }),
    };
    answers.set(key, { changes: before, body, headers });
    return undefined;
  };
}
