import { createHash } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { VerifierError } from "../error.js";
import type { Services } from "../services.js";
import type { Env } from "./env.js";

const HEADER = "idempotency-key";
const KEY = /^[\x21-\x7e]{1,128}$/;
/** A request that took longer was cut off by a crash; whoever repeats it makes it anew. */
const CUT_OFF_MS = 300_000;
/** How long an answer is kept. */
const KEPT_MS = 86_400_000;
/** Headers of an answer that its repetition has too. */
const HEADERS = ["content-type", "location", "etag"] as const;

/** An answer as it is kept. */
interface Kept {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * For a POST that makes something: one with an `Idempotency-Key` that was answered already gets the same answer again,
 * for a day, and makes nothing. Refusals are not kept, so that what was mended can be sent under the same key.
 */
export function idempotent({ database, secrets, clock }: Services): MiddlewareHandler<Env> {
  const rows = database.tables;
  return async (c, next) => {
    const key = c.req.header(HEADER);
    if (key === undefined) return await next();
    if (!KEY.test(key)) throw invalidKey();
    const user = c.var.signedIn.userId;
    const purpose = `idempotency/${user}/${key}`;
    const request = await hashOf(c);
    const now = clock();
    await rows
      .deleteFrom("idempotency")
      .where("user", "=", user)
      .where((row) =>
        row.or([
          row("begun", "<", new Date(now.getTime() - KEPT_MS)),
          row.and([row("answer", "is", null), row("begun", "<", new Date(now.getTime() - CUT_OFF_MS))]),
        ]),
      )
      .execute();
    const claimed = await rows
      .insertInto("idempotency")
      .values({ user, key, request, begun: now, answer: null })
      .onConflict((conflict) => conflict.doNothing())
      .returning("key")
      .executeTakeFirst();
    const own = rows.selectFrom("idempotency").where("user", "=", user).where("key", "=", key);
    if (claimed === undefined) {
      const before = await own.selectAll().executeTakeFirst();
      if (before === undefined || (before.answer === null && before.request === request)) throw underWay();
      if (before.request !== request || before.answer === null) throw mismatch();
      const kept = JSON.parse(
        new TextDecoder().decode(await secrets.open(purpose, new Uint8Array(before.answer))),
      ) as Kept;
      c.header("idempotency-replayed", "true");
      return c.body(kept.body, kept.status as ContentfulStatusCode, kept.headers);
    }
    await next();
    if (c.error === undefined && c.res.ok) {
      const answer = await secrets.seal(purpose, new TextEncoder().encode(JSON.stringify(await keep(c.res))));
      await rows
        .updateTable("idempotency")
        .set({ answer })
        .where("user", "=", user)
        .where("key", "=", key)
        .execute();
    } else await rows.deleteFrom("idempotency").where("user", "=", user).where("key", "=", key).execute();
    return undefined;
  };
}

async function keep(response: Response): Promise<Kept> {
  const headers: Record<string, string> = {};
  for (const name of HEADERS) {
    const value = response.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  return { status: response.status, headers, body: await response.clone().text() };
}

/** Files that are sent are not read for this: method, path and length stand for them. */
async function hashOf(c: Context<Env>): Promise<string> {
  const isJson = c.req.header("content-type")?.startsWith("application/json") ?? false;
  const body = isJson ? await c.req.text() : (c.req.header("content-length") ?? "");
  // An answer may hold more than a lesser key of the same user would be given.
  const { role } = c.var.signedIn;
  const by = c.var.session === null ? "key" : "session";
  return createHash("sha256")
    .update(JSON.stringify([c.req.method, c.req.path, by, role, body]))
    .digest("hex");
}

function invalidKey(): VerifierError {
  return new VerifierError(
    "REQUEST_INVALID",
    "the Idempotency-Key has more than 128 characters, or some that are not printable",
    "Send a random word, such as a UUID.",
  );
}

function underWay(): VerifierError {
  const hint = "Try again when it has been answered.";
  return new VerifierError("CONFLICT", "the same request is being answered", hint, { retryAfter: 1 });
}

function mismatch(): VerifierError {
  return new VerifierError(
    "IDEMPOTENCY_MISMATCH",
    "another request was sent under this Idempotency-Key",
    "Take a new key for a new request.",
  );
}
