import { Agent, request as send } from "undici";
import { type ConnectOptions, checkedConnect, checkUrl, type Peer } from "./checked-connect.js";
import { SuspectError } from "./error.js";
import { cutShort, explained } from "./fetch-failure.js";
import { type AnswerLimits, type Http2Line, openHttp2Line } from "./http2-line.js";
import { flatHeaders } from "./flat-headers.js";
import { plainBody } from "./plain-body.js";
import { redirected } from "./redirect.js";

/** Redirects followed at most; a service that needs more is lost or hostile. */
const MAX_REDIRECTS = 3;

export interface FetchRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Ask by HTTP/2 (RFC 9113), as gRPC wants it: with TLS as negotiated, without it by prior knowledge. */
  readonly http2?: boolean;
}

export interface FetchAnswer extends Peer {
  readonly status: number;
  /**
   * Names in lower case. They are as they came: Content-Encoding and Content-Length describe what was sent. By HTTP/2 the
   * trailers stand among them.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** After any content encoding is undone. */
  readonly body: Uint8Array;
}

export interface GuardedFetchOptions extends ConnectOptions {
  /** From the first byte sent to the last received, redirects included. */
  readonly timeoutMs: number;
  /** Largest body, before and after decompression. */
  readonly maxBytes: number;
}

export interface GuardedFetch {
  (request: FetchRequest): Promise<FetchAnswer>;
  close(): Promise<void>;
}

/** Connections of one request at a time, so that it is certain whom each answer came from. */
interface Line {
  readonly agent: Agent;
  /** By origin. */
  readonly peers: ReadonlyMap<string, Peer>;
  readonly http2: Http2Line;
}

/**
 * A fetch that cannot be led into private networks, nor be kept waiting or flooded. Each redirect is checked like a new
 * request.
 *
 * Errors of the returned function: SUSPECT_ADDRESS, SUSPECT_UNREACHABLE (no answer began), SUSPECT_CERTIFICATE,
 * SUSPECT_REDIRECT, SUSPECT_TIMEOUT, SUSPECT_CUT_SHORT (an answer began), SUSPECT_TOO_LARGE, SUSPECT_PROTOCOL (what
 * answers is not HTTP), SUSPECT_CLOSED.
 */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const closing = new AbortController();
  const lines: Line[] = [];
  const idle: Line[] = [];
  const guarded = async (request: FetchRequest): Promise<FetchAnswer> => {
    const line = idle.pop() ?? openLine(options, lines);
    const deadline = AbortSignal.timeout(options.timeoutMs);
    try {
      return await follow(line, request, options, AbortSignal.any([deadline, closing.signal]));
    } catch (error) {
      throw explained(error, {
        host: request.url.host,
        timeoutMs: options.timeoutMs,
        late: deadline.aborted,
        closed: closing.signal.aborted,
      });
    } finally {
      idle.push(line);
    }
  };
  return Object.assign(guarded, {
    close: async () => {
      closing.abort();
      for (const { http2 } of lines) http2.close();
      await Promise.all(lines.map(({ agent }) => agent.destroy()));
    },
  });
}

function openLine(options: GuardedFetchOptions, lines: Line[]): Line {
  const peers = new Map<string, Peer>();
  const agent = new Agent({
    connect: checkedConnect(options, (origin, peer) => peers.set(origin, peer)),
    connections: 1,
    pipelining: 1,
    // The deadline of the whole request stands above both.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const line = { agent, peers, http2: openHttp2Line(options) };
  lines.push(line);
  return line;
}

async function follow(
  line: Line,
  request: FetchRequest,
  options: GuardedFetchOptions,
  signal: AbortSignal,
): Promise<FetchAnswer> {
  let current = request;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    checkUrl(current.url, options);
    const limits = { maxBytes: options.maxBytes, signal };
    const answer = await (current.http2 === true
      ? line.http2.ask(current, limits)
      : once(line, current, limits));
    const next = redirected(current, answer.status, answer.headers["location"]);
    if (next === null) return answer;
    if (options.allowPrivate && next.url.hostname !== current.url.hostname) throw elsewhere(next.url);
    current = next;
  }
  throw new SuspectError(
    "SUSPECT_REDIRECT",
    `the endpoint redirects more than ${MAX_REDIRECTS} times`,
    "Find out where it leads, and give that address.",
  );
}

async function once(
  { agent, peers }: Line,
  { method, url, headers, body }: FetchRequest,
  { maxBytes, signal }: AnswerLimits,
): Promise<FetchAnswer> {
  const answer = await send(url, {
    dispatcher: agent,
    method,
    headers: { ...headers, "accept-encoding": "gzip, deflate, br" },
    ...(body === undefined ? {} : { body }),
    signal,
  });
  const flat = flatHeaders(answer.headers);
  const peer = peers.get(url.origin) ?? { address: null, certificate: null };
  try {
    const content = await plainBody(answer.body, flat["content-encoding"], maxBytes);
    return { status: answer.statusCode, headers: flat, body: content, ...peer };
  } catch (error) {
    throw cutShort(url.host, error);
  }
}

/** What one's own network is open for is the host that was named, and not what that host would like to have asked. */
function elsewhere(url: URL): SuspectError {
  return new SuspectError(
    "SUSPECT_REDIRECT",
    `the endpoint redirects to ${url.host}, which is not followed where private addresses are allowed`,
    "If that is whom you mean to ask, give that address.",
  );
}
