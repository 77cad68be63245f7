import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { BadRequest } from "./bad-request.js";
import { described, type TermsDesk } from "./terms-desk.js";

/** Largest acceptance: a version, a hash and a signature. */
const MAX_BODY_BYTES = 4096;
/** Header in which the proxy in front appends the address that it was called from. */
const FORWARDED = "x-forwarded-for";

/**
 * `GET /terms` shows the terms in force; `POST /terms/acceptance` records that a customer accepts them.
 *
 * @param customerOf who asks, or null where that is not known. @throws BadRequest 403
 */
export function addTermsRoutes(app: Hono, desk: TermsDesk, customerOf: (c: Context) => string | null): void {
  app.get("/terms", (c) => {
    const terms = desk.current();
    if (terms === null) throw new BadRequest("no terms are in force yet", 404);
    const customer = customerIfKnown(c, customerOf);
    const accepted = customer === null ? null : desk.accepted(customer, terms);
    return c.json({
      ...described(terms),
      text: terms.text,
      announced: desk.announced().map((each) => ({ ...described(each), text: each.text })),
      ...(customer === null ? {} : { accepted: accepted === null ? null : accepted.time }),
    });
  });
  app.post(
    "/terms/acceptance",
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) => c.json({ error: "the request is too large" }, 413),
    }),
    async (c) => {
      const customer = customerOf(c);
      if (customer === null) throw new BadRequest("this customer is not registered", 403);
      const body: unknown = await c.req.json().catch(() => null);
      const { acceptance, known } = await desk.accept(customer, body, addressOf(c));
      const { version, sha256, time, index, signature } = acceptance;
      const signed = signature !== null;
      return c.json({ customer, version, sha256, accepted: time, line: index, signed }, known ? 200 : 201);
    },
  );
}

/** Anybody may read the terms; who is known is told whether he accepted them. */
function customerIfKnown(c: Context, customerOf: (c: Context) => string | null): string | null {
  try {
    return customerOf(c);
  } catch (error) {
    if (error instanceof BadRequest) return null;
    throw error;
  }
}

/** What stands before the last comma, the client may have written himself. */
function addressOf(c: Context): string | null {
  const last = c.req.header(FORWARDED)?.split(",").at(-1)?.trim() ?? "";
  return last === "" ? null : last;
}
