import type { Hono } from "hono";
import { BadRequest } from "./bad-request.js";
import { callerOf } from "./caller.js";
import type { Caller, Defence } from "./defences/defence.js";
import { Refusal } from "./defences/refusal.js";
import { limitedBody } from "./limited-body.js";
import { described, notRegistered, type TermsDesk } from "./terms-desk.js";

/** Largest acceptance: a version, a hash and a signature. */
const MAX_BODY_BYTES = 4096;

/**
 * `GET /terms` shows the terms in force; `POST /terms/acceptance` records that a customer accepts them.
 *
 * @param access tells who asks; null where nobody can be told apart
 */
export function addTermsRoutes(app: Hono, desk: TermsDesk, access: Defence | null): void {
  const customerOf = async (caller: Caller): Promise<string | null> => {
    await access?.enter?.(caller);
    return caller.account?.customer ?? null;
  };
  app.get("/terms", async (c) => {
    const terms = desk.current();
    if (terms === null) throw new BadRequest("no terms are in force yet", 404);
    const customer = await customerOf(callerOf(c, null, null)).catch(nobody);
    const accepted = customer === null ? null : desk.accepted(customer, terms);
    return c.json({
      ...described(terms),
      text: terms.text,
      announced: desk.announced().map((each) => ({ ...described(each), text: each.text })),
      ...(customer === null ? {} : { accepted: accepted === null ? null : accepted.time }),
    });
  });
  app.post("/terms/acceptance", limitedBody(MAX_BODY_BYTES), async (c) => {
    const caller = callerOf(c, null, null);
    const customer = await customerOf(caller);
    if (customer === null) throw notRegistered();
    const body: unknown = await c.req.json().catch(() => null);
    const { acceptance, known } = await desk.accept(customer, body, caller.address);
    const { version, sha256, time, index, signature } = acceptance;
    const signed = signature !== null;
    return c.json({ customer, version, sha256, accepted: time, line: index, signed }, known ? 200 : 201);
  });
}

/** Anybody may read the terms; who is known is told whether he accepted them. */
function nobody(error: unknown): null {
  if (error instanceof BadRequest || error instanceof Refusal) return null;
  throw error;
}
