import { KEY_PREFIX, keyIdOf } from "../access/api-key.js";
import { type CertificateOptions, certificateAccount } from "../access/certificates.js";
import { createFailures } from "../access/failures.js";
import type { JwtReader } from "../access/jwt.js";
import type { KeyDesk } from "../access/key-desk.js";
import { ACTIONS, allows } from "../access/scopes.js";
import type { Account, Caller, Defence } from "./defence.js";
import { Refusal } from "./refusal.js";

/** By what clients show who they are; at least one of them. */
export interface AccessOptions {
  readonly keys: KeyDesk | null;
  readonly jwt: JwtReader | null;
  readonly certificates: CertificateOptions | null;
}

/** Header for clients that cannot set `authorization`. */
const KEY_HEADER = "x-api-key";
/** Seconds after which to try again where the sign-in service is out of reach. */
const UNREACHABLE_RETRY = 5;

/**
 * Nobody is answered who does not show who he is, and nobody may do what no scope of his names.
 *
 * A client shows a key or token (`authorization: Bearer`, or `x-api-key`), or the proxy in front names its certificate.
 * Whatever is wrong with what he shows, the refusal is the same: 401 UNAUTHENTICATED, or 429
 * TOO_MANY_FAILURES where his address has shown too many that were wrong. What he may not do is 403 FORBIDDEN.
 */
export function accessDefence(options: AccessOptions): Defence {
  /** The same request is looked at at the gate and at its model: it is checked once. */
  const known = new WeakMap<Caller["headers"], Account>();
  const failures = createFailures();
  const refusedFor = ({ headers, address }: Caller): Refusal => {
    const wait = tokenOf(headers) === null ? null : failures.note(address);
    return wait === null ? unauthenticated() : tooManyFailures(wait);
  };
  const enter = async (caller: Caller): Promise<void> => {
    const account = known.get(caller.headers) ?? (await authenticated(options, caller));
    if (account === null) throw refusedFor(caller);
    known.set(caller.headers, account);
    caller.account = account;
    requireScope(account, caller);
  };
  return {
    name: "access",
    enter,
    look: enter,
    async close() {
      options.keys?.close();
      await options.jwt?.close();
    },
  };
}

function unauthenticated(): Refusal {
  return new Refusal(401, "UNAUTHENTICATED", "show a valid API key or token", {
    headers: { "www-authenticate": 'Bearer realm="indicia"' },
  });
}

/** What is said wherever too many wrong keys were shown. @param wait seconds */
export function tooManyFailures(wait: number): Refusal {
  return new Refusal(429, "TOO_MANY_FAILURES", "too many wrong keys came from this address", {
    retryAfter: wait,
  });
}

/** What may be told of the key that a request shows: its public half. Null for anything else. */
export function shownKey(headers: Caller["headers"]): string | null {
  const id = keyIdOf(tokenOf(headers) ?? "");
  return id === null ? null : `${KEY_PREFIX}${id}`;
}

/** Who may do nothing with a model is told so before it can be seen whether there is one of the name. */
function requireScope({ scopes }: Account, { action, modelName }: Caller): void {
  if (action === null) {
    if (modelName === null || ACTIONS.some((each) => allows(scopes, modelName, each))) return;
    throw new Refusal(403, "FORBIDDEN", `no scope of this account is about ${modelName}`);
  }
  if (allows(scopes, modelName, action)) return;
  const what = modelName === null ? "here" : `with ${modelName}`;
  throw new Refusal(403, "FORBIDDEN", `no scope of this account allows "${action}" ${what}`);
}

async function authenticated(options: AccessOptions, caller: Caller): Promise<Account | null> {
  const { certificates } = options;
  const { headers, peer } = caller;
  const holder = certificates === null ? null : certificateAccount(certificates, headers, peer);
  const token = tokenOf(headers);
  if (token === null) return holder;
  const account = await tokenAccount(options, token, caller.time);
  // Somebody with one name by his certificate and another by his key is nobody.
  const sameName = holder === null || account === null || nameOf(holder) === nameOf(account);
  return sameName ? account : null;
}

/** An account's name without the way in which it was shown. */
function nameOf({ id }: Account): string {
  return id.slice(id.indexOf(":") + 1);
}

async function tokenAccount(
  { keys, jwt }: AccessOptions,
  token: string,
  time: Date,
): Promise<Account | null> {
  if (keys !== null && (jwt === null || token.startsWith(KEY_PREFIX))) {
    const record = keys.find(token, time);
    if (record === null) return null;
    const { account, organisation, scopes, customer, lineage } = record;
    return { id: account, organisation, scopes, customer, key: lineage };
  }
  return jwt === null ? null : await readToken(jwt, token, time);
}

/** Without the keys of the sign-in service nothing can be said of a token; the client need not know more. */
async function readToken(jwt: JwtReader, token: string, time: Date): Promise<Account | null> {
  try {
    return await jwt.read(token, time);
  } catch (cause) {
    throw new Refusal(503, "ACCESS_UNREACHABLE", "the sign-in service is out of reach", {
      retryAfter: UNREACHABLE_RETRY,
      cause,
    });
  }
}

/** What a client shows; one who shows two different things is told no more than one who shows nothing good. */
function tokenOf(headers: Caller["headers"]): string | null {
  const authorization = headers.get("authorization");
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const key = headers.get(KEY_HEADER)?.trim() ?? null;
  if (authorization === null) return key;
  return key === null || key === bearer ? bearer : "";
}
