import { createHash } from "node:crypto";
import { lookup as systemLookup, type LookupAddress } from "node:dns";
import { isIP, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { Agent, buildConnector, errors, request as send } from "undici";
import { isPublicAddress } from "./address.js";
import { SuspectError } from "./error.js";
import { plainBody } from "./plain-body.js";

/** Redirects followed at most; a service that needs more is lost or hostile. */
const MAX_REDIRECTS = 3;
/** Time to open a connection. */
const CONNECT_TIMEOUT_MS = 10_000;

export interface FetchRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface FetchAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** After any content encoding is undone. */
  readonly body: Uint8Array;
  readonly address: string | null;
  /** SHA-256 of the peer's certificate, hex. */
  readonly certificate: string | null;
}

export interface GuardedFetchOptions {
  /** Allow private, loopback and link-local addresses: one's own network. */
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
  /** Largest body, after decompression. */
  readonly maxBytes: number;
  /** Resolver, for tests. */
  readonly lookup?: typeof systemLookup;
}

export interface GuardedFetch {
  (request: FetchRequest): Promise<FetchAnswer>;
  close(): Promise<void>;
}

interface Peer {
  readonly address: string | null;
  readonly certificate: string | null;
}

/**
 * A fetch that cannot be led into private networks: every resolved address is checked before it is connected to, the
 * connected one again, and each redirect like a new request.
 *
 * Errors: SUSPECT_ADDRESS, SUSPECT_REDIRECT, SUSPECT_TIMEOUT, SUSPECT_TOO_LARGE, SUSPECT_UNREACHABLE, SUSPECT_PROTOCOL.
 */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const peers = new Map<string, Peer>();
  const agent = new Agent({
    connect: checkedConnect(options, peers),
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    pipelining: 1,
  });
  const guarded = async (request: FetchRequest): Promise<FetchAnswer> => {
    let current = request;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      checkUrl(current.url, options);
      const answer = await once(agent, current, options, peers);
      const next = redirection(current, answer);
      if (next === null) return answer;
      current = next;
    }
    throw new SuspectError("SUSPECT_REDIRECT", `more than ${MAX_REDIRECTS} redirects`, "Give the address it ends at.");
  };
  return Object.assign(guarded, { close: () => agent.destroy() });
}

/** Whom a socket really reached is checked once more and noted; where it may not be, it is closed unused. */
function checkedConnect(options: GuardedFetchOptions, peers: Map<string, Peer>): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup: checkedLookup(options) });
  return (target, done) => {
    connect(target, (...result) => {
      const [error, socket] = result;
      if (error !== null) return done(error, null);
      const address = socket.remoteAddress ?? null;
      if (!options.allowPrivate && (address === null || !isPublicAddress(address))) {
        socket.destroy();
        return done(privateAddress(address ?? "an unknown address"), null);
      }
      peers.set(peerKey(target.protocol, target.hostname, target.port), { address, certificate: fingerprint(socket) });
      return done(null, socket);
    });
  };
}

function peerKey(protocol: string, host: string, port: string): string {
  return `${protocol}//${host}:${port || (protocol === "https:" ? "443" : "80")}`;
}

function fingerprint(socket: Socket): string | null {
  const raw = socket instanceof TLSSocket ? socket.getPeerCertificate().raw : undefined;
  return raw === undefined ? null : createHash("sha256").update(raw).digest("hex");
}

/** @throws SuspectError SUSPECT_ADDRESS */
function checkUrl(url: URL, { allowPrivate }: GuardedFetchOptions): void {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new SuspectError("SUSPECT_ADDRESS", `"${url.protocol}" is not http or https`, "Give an http(s) address.");
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) throw privateAddress(host);
}

function privateAddress(address: string): SuspectError {
  return new SuspectError(
    "SUSPECT_ADDRESS",
    `${address} is not on the public internet`,
    "Allow it with --allow-private if it is on your own network.",
  );
}

type Lookup = NonNullable<GuardedFetchOptions["lookup"]>;

/** Names are resolved here, so that what was checked is what is connected to. */
function checkedLookup({ allowPrivate, lookup = systemLookup }: GuardedFetchOptions): Lookup {
  const checked = (
    host: string,
    settings: { all?: boolean | undefined },
    done: (error: Error | null, addresses: string | LookupAddress[], family?: number) => void,
  ): void => {
    lookup(host, { ...settings, all: true }, (error, addresses) => {
      if (error !== null) return done(error, []);
      const bad = allowPrivate ? undefined : addresses.find(({ address }) => !isPublicAddress(address));
      if (bad !== undefined) return done(privateAddress(bad.address), []);
      const [first] = addresses;
      if (settings.all === true || first === undefined) return done(null, addresses);
      return done(null, first.address, first.family);
    });
  };
  return checked as Lookup;
}

async function once(
  agent: Agent,
  request: FetchRequest,
  options: GuardedFetchOptions,
  peers: ReadonlyMap<string, Peer>,
): Promise<FetchAnswer> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const { url } = request;
  try {
    const { statusCode, headers, body } = await send(url, {
      dispatcher: agent,
      method: request.method,
      headers: { ...request.headers, "accept-encoding": "gzip, deflate, br, identity" },
      ...(request.body === undefined ? {} : { body: request.body }),
      signal: deadline,
    });
    const flat = flatHeaders(headers);
    const content = await plainBody(body, flat["content-encoding"], options.maxBytes);
    const peer = peers.get(peerKey(url.protocol, url.hostname, url.port)) ?? { address: null, certificate: null };
    return { status: statusCode, headers: flat, body: content, ...peer };
  } catch (error) {
    throw translated(error, url, deadline.aborted, options);
  }
}

function flatHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}

/**
 * Where a redirect leads, or null where there is none. What was sent to one origin is not handed to another, a body
 * only travels with 307 and 308 (RFC 9110, section 15.4), and https is not left.
 *
 * @throws SuspectError SUSPECT_REDIRECT
 */
function redirection(request: FetchRequest, answer: FetchAnswer): FetchRequest | null {
  const { location } = answer.headers;
  if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return null;
  const url = URL.canParse(location, request.url.href) ? new URL(location, request.url) : null;
  const lost = request.method === "POST" && answer.status !== 307 && answer.status !== 308;
  const downgraded = request.url.protocol === "https:" && url?.protocol !== "https:";
  if (url === null || lost || downgraded) {
    throw new SuspectError(
      "SUSPECT_REDIRECT",
      `the endpoint redirects (${answer.status}) in a way that is not followed`,
      "Give the address that it redirects to.",
    );
  }
  return { ...request, url, headers: url.origin === request.url.origin ? request.headers : withoutSecrets(request.headers) };
}

/** Headers that may carry credentials stay with the origin they were meant for; only those of content travel. */
function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  const harmless = new Set(["content-type", "accept", "inference-header-content-length"]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => harmless.has(name.toLowerCase())));
}

function translated(error: unknown, url: URL, late: boolean, options: GuardedFetchOptions): Error {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof SuspectError) return cause;
  const timedOut =
    late || error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError || error instanceof errors.ConnectTimeoutError;
  if (timedOut) {
    return new SuspectError(
      "SUSPECT_TIMEOUT",
      `${url.host} did not answer within ${options.timeoutMs / 1000} s`,
      "Try again later, or with a lower --rate.",
      { cause: error },
    );
  }
  const reason = error instanceof Error ? error.message || error.name : String(error);
  return new SuspectError("SUSPECT_UNREACHABLE", `${url.host} cannot be reached: ${reason}`, "Check the address and that the service is up.", {
    cause: error,
  });
}
