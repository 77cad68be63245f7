import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import type { Caller } from "./defences/defence.js";

/** Header in which the proxy in front appends the address that it was called from. */
const FORWARDED = "x-forwarded-for";

/** Who calls, before any defence looked. */
export function callerOf(c: Context, modelName: string | null): Caller {
  const { headers } = c.req.raw;
  return {
    requestId: randomUUID(),
    time: new Date(),
    address: addressOf(headers),
    headers,
    modelName,
    account: null,
  };
}

/** What stands before the last comma, the client may have written himself. */
function addressOf(headers: { get(name: string): string | null }): string | null {
  const last = headers.get(FORWARDED)?.split(",").at(-1)?.trim() ?? "";
  return last === "" ? null : last;
}
