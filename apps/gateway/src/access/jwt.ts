import { readFile } from "node:fs/promises";
import { createGuardedFetch, type GuardedFetch } from "@indicia/suspects/guarded-fetch";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import type { Account } from "../defences/defence.js";
import { GatewayError } from "../error.js";
import { isName } from "./names.js";
import { isScope } from "./scopes.js";

/** Whose tokens are taken, and what their claims mean. */
export interface JwtOptions {
  readonly issuer: string;
  readonly audience: string;
  /** File of a JSON web key set, or the http(s) address of one. */
  readonly jwks: string;
  /** Whether that address may lie in a private network. */
  readonly allowPrivate: boolean;
  /** Names of claims; null for what no claim says. */
  readonly claims: {
    readonly account: string;
    readonly organisation: string | null;
    readonly scopes: string;
    readonly customer: string | null;
  };
}

/** Reads tokens of one issuer. */
export interface JwtReader {
  /** Whose a token is, or null for any that is not good. @throws GatewayError JWKS_UNUSABLE where keys cannot be had */
  read(token: string, now: Date): Promise<Account | null>;
  /** Fetch the keys now. @throws GatewayError JWKS_UNUSABLE */
  fetchKeys(): Promise<void>;
  close(): Promise<void>;
}

/** Signatures that whoever can check cannot also make. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
/** Seconds by which clocks may differ. */
const CLOCK_TOLERANCE = 5;
/** A key set of a hundred keys is some 50 kB. */
const MAX_JWKS_BYTES: number = 2 ** 20;
/** Sign-in services answer within a second; a client waits meanwhile. */
const JWKS_TIMEOUT_MS = 5000;
/** Longest value of a claim that becomes part of an account. */
const MAX_CLAIM_LENGTH = 200;

/**
 * Open a reader of tokens.
 *
 * @throws GatewayError JWKS_UNUSABLE where a file holds no key set
 */
export async function openJwtReader(options: JwtOptions): Promise<JwtReader> {
  const { issuer, audience, claims } = options;
  const { keys, fetchKeys, close } = await openKeySet(options);
  return {
    async read(token, now) {
      const payload = await verified(token, keys, { issuer, audience, now });
      return payload === null ? null : accountOf(payload, claims);
    },
    fetchKeys,
    close,
  };
}

async function verified(
  token: string,
  keys: JWTVerifyGetKey,
  { issuer, audience, now }: { readonly issuer: string; readonly audience: string; readonly now: Date },
): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE,
      currentDate: now,
      requiredClaims: ["exp"],
    });
    return payload;
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    // Whatever else goes wrong, the token is the cause, and there is one answer to a bad token.
    return null;
  }
}

/** The account that claims describe, or null where they name none. Tokens' accounts have names of their own kind. */
function accountOf(payload: JWTPayload, claims: JwtOptions["claims"]): Account | null {
  const account = claimText(payload, claims.account);
  if (account === null) return null;
  const customer = claims.customer === null ? null : claimText(payload, claims.customer);
  return {
    id: `jwt:${account}`,
    organisation: claims.organisation === null ? null : claimText(payload, claims.organisation),
    scopes: claimScopes(payload[claims.scopes]),
    customer: customer !== null && isName(customer) ? customer : null,
  };
}

function claimText(payload: JWTPayload, name: string): string | null {
  const value = payload[name];
  return typeof value === "string" && value !== "" && value.length <= MAX_CLAIM_LENGTH ? value : null;
}

/** A list, or words parted by spaces (RFC 8693, section 4.2). Scopes of other services pass by. */
function claimScopes(value: unknown): string[] {
  const words = typeof value === "string" ? value.split(" ") : Array.isArray(value) ? value.map(String) : [];
  return words.filter(isScope);
}

interface KeySet {
  readonly keys: JWTVerifyGetKey;
  readonly fetchKeys: () => Promise<void>;
  readonly close: () => Promise<void>;
}

async function openKeySet({ jwks, allowPrivate }: JwtOptions): Promise<KeySet> {
  if (!/^https?:/.test(jwks)) {
    const keys = await keysOfFile(jwks);
    return { keys, fetchKeys: async () => undefined, close: async () => undefined };
  }
  const guarded = createGuardedFetch({ allowPrivate, timeoutMs: JWKS_TIMEOUT_MS, maxBytes: MAX_JWKS_BYTES });
  const keys = createRemoteJWKSet(new URL(jwks), {
    timeoutDuration: JWKS_TIMEOUT_MS,
    [customFetch]: (url) => answered(guarded, url),
  });
  return { keys, fetchKeys: () => keys.reload(), close: () => guarded.close() };
}

async function answered(guarded: GuardedFetch, address: string): Promise<Response> {
  const url = new URL(address);
  try {
    const { status, body } = await guarded({ method: "GET", url, headers: { accept: "application/json" } });
    if (status !== 200) throw new TypeError(`it answers ${status}`);
    const text = new TextDecoder().decode(body);
    createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
    return new Response(text, { status });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unknown";
    const hint = "Check that the sign-in service is up, and allowPrivate where it is in your own network.";
    throw new GatewayError("JWKS_UNUSABLE", `no key set from ${url.host}: ${reason}`, hint, { cause });
  }
}

async function keysOfFile(file: string): Promise<JWTVerifyGetKey> {
  const text = await readFile(file, "utf8");
  try {
    return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  } catch (cause) {
    throw new GatewayError(
      "JWKS_UNUSABLE",
      `${file} is no JSON web key set`,
      'Give a file of the form {"keys": [...]}, as the sign-in service publishes it.',
      { cause },
    );
  }
}
