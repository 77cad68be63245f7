import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import { clientAddress, type Networks } from "./access/networks.js";
import type { Action } from "./access/scopes.js";
import type { Caller } from "./defences/defence.js";
import { notesOf } from "./ops/notes.js";

/** Header in which the proxy in front appends the address that it was called from. */
const FORWARDED = "x-forwarded-for";
/** Where a context keeps which proxies are trusted. */
const TRUSTED = "trustedProxies";
/** Where it keeps who calls. */
const CALLER = "caller";

/** Believe `x-forwarded-for` from these proxies alone, for this request. */
export function trustProxies(c: Context, trusted: Networks): void {
  c.set(TRUSTED, trusted);
}

/** Keep who calls, for whoever tells what became of the call. */
export function keepCaller(c: Context, caller: Caller): void {
  c.set(CALLER, caller);
}

/** Who calls, with his account where he showed one; null where nobody looked. */
export function keptCaller(c: Context): Caller | null {
  return (c.get(CALLER) as Caller | undefined) ?? null;
}

/**
 * Who calls, before any defence looked.
 *
 * @param modelName null where the call is about no model
 * @param action what it would do, or null for what any account may
 */
export function callerOf(c: Context, modelName: string | null, action: Action | null): Caller {
  const { headers } = c.req.raw;
  const peer = peerOf(c);
  const trusted = c.get(TRUSTED) as Networks | undefined;
  const forwarded = headers.get(FORWARDED);
  return {
    requestId: notesOf(c)?.requestId ?? randomUUID(),
    time: new Date(),
    address: trusted === undefined ? lastHop(forwarded) : clientAddress(peer, forwarded, trusted),
    peer,
    headers,
    modelName,
    action,
    account: null,
  };
}

/** Without a word on proxies there is one in front, which appends; what stands before the last comma, the client may have written himself. */
function lastHop(forwarded: string | null): string | null {
  const last = forwarded?.split(",").at(-1)?.trim() ?? "";
  return last === "" ? null : last;
}

/** The address at the other end of the socket; null where the app is called without one, as tests do. */
function peerOf(c: Context): string | null {
  const { incoming } = (c.env ?? {}) as {
    readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } };
  };
  return incoming?.socket?.remoteAddress ?? null;
}
