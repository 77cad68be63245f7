import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
} from "node:http2";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type ConnectOptions, checkedConnect, type Peer } from "./checked-connect.js";
import { SuspectError } from "./error.js";
import { cutShort } from "./fetch-failure.js";
import { flatHeaders } from "./flat-headers.js";
import type { FetchAnswer, FetchRequest } from "./guarded-fetch.js";
import { plainBody } from "./plain-body.js";

/** Bytes of an answer that may be under way before any is read: rows of a thousand classes at once. */
const WINDOW_BYTES: number = 2 ** 20;
/** What one session may hold of answers that are not read yet, in MB; one answer at a time has a window above. */
const MAX_SESSION_MEGABYTES = 10;
/** Lines of headers and trailers: servers send a dozen. */
const MAX_HEADER_LINES = 128;

export interface AnswerLimits {
  /** Largest body, before and after decompression. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Connections by HTTP/2, one per origin, for one request at a time. */
export interface Http2Line {
  /**
   * @returns the answer, its trailers among its headers
   * @throws SuspectError SUSPECT_ADDRESS, SUSPECT_PROTOCOL, SUSPECT_TOO_LARGE, SUSPECT_CUT_SHORT; before an answer
   *   began what sockets and sessions throw
   */
  ask(request: FetchRequest, limits: AnswerLimits): Promise<FetchAnswer>;
  close(): void;
}

/** A session, and whom its connection reached. */
interface Open {
  readonly session: ClientHttp2Session;
  readonly peer: Peer;
}

/** Every connection is made and checked by {@link checkedConnect}, as those of HTTP/1.1 are. */
export function openHttp2Line(options: ConnectOptions): Http2Line {
  const sessions = new Map<string, Open>();
  const sessionFor = async (url: URL, signal: AbortSignal): Promise<Open> => {
    const known = sessions.get(url.origin);
    if (known !== undefined && !known.session.closed && !known.session.destroyed) return known;
    const opened = await openSession(options, url, signal);
    sessions.set(url.origin, opened);
    return opened;
  };
  return {
    ask: async (request, limits) => {
      const { session, peer } = await sessionFor(request.url, limits.signal);
      try {
        return { ...(await exchanged(session, request, limits)), ...peer };
      } catch (error) {
        // Whatever it still sends is nobody's.
        session.destroy();
        throw error;
      }
    },
    close: () => {
      for (const { session } of sessions.values()) session.destroy();
    },
  };
}

async function openSession(options: ConnectOptions, url: URL, signal: AbortSignal): Promise<Open> {
  const [socket, peer] = await reached(options, url, signal);
  if (socket instanceof TLSSocket && socket.alpnProtocol !== "h2") {
    socket.destroy();
    throw new SuspectError(
      "SUSPECT_PROTOCOL",
      `${url.host} does not offer HTTP/2`,
      "Check the address and its port; gRPC often has one of its own.",
    );
  }
  const session = connectHttp2(url.origin, {
    createConnection: () => socket,
    maxSessionMemory: MAX_SESSION_MEGABYTES,
    maxHeaderListPairs: MAX_HEADER_LINES,
    settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
  });
  // The request under way hears of it too; without one nobody needs to.
  session.on("error", () => undefined);
  session.once("connect", () => session.destroyed || session.setLocalWindowSize(WINDOW_BYTES));
  return { session, peer };
}

function reached(options: ConnectOptions, url: URL, signal: AbortSignal): Promise<readonly [Socket, Peer]> {
  return new Promise((resolve, reject) => {
    let peer: Peer = { address: null, certificate: null };
    const connect = checkedConnect({ ...options, http2: true }, (_, found) => {
      peer = found;
    });
    const given = (): void => reject(signal.reason);
    signal.addEventListener("abort", given, { once: true });
    const { protocol, hostname, host, port } = url;
    connect({ protocol, hostname: hostname.replaceAll(/^\[|\]$/g, ""), host, port }, (...result) => {
      signal.removeEventListener("abort", given);
      const [error, socket] = result;
      if (error !== null) return reject(error);
      if (signal.aborted) return socket.destroy();
      return resolve([socket, peer]);
    });
  });
}

async function exchanged(
  session: ClientHttp2Session,
  { method, url, headers, body }: FetchRequest,
  { maxBytes, signal }: AnswerLimits,
): Promise<Omit<FetchAnswer, keyof Peer>> {
  signal.throwIfAborted();
  const stream = session.request(
    {
      ...headers,
      [constants.HTTP2_HEADER_METHOD]: method,
      [constants.HTTP2_HEADER_PATH]: `${url.pathname}${url.search}`,
    },
    { endStream: body === undefined, signal },
  );
  // Each error is told to whoever waits below; the last may come when nobody does.
  stream.on("error", () => undefined);
  let trailers: IncomingHttpHeaders = {};
  stream.once("trailers", (received: IncomingHttpHeaders) => {
    trailers = received;
  });
  if (body !== undefined) stream.end(body);
  const { ":status": status = 0, ...head } = await begun(stream);
  try {
    const flat = flatHeaders(head);
    const content = await plainBody(stream, flat["content-encoding"], maxBytes);
    if (stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) {
      throw new Error(`the stream ended with code ${stream.rstCode}`);
    }
    return { status, headers: { ...flat, ...flatHeaders(trailers) }, body: content };
  } catch (error) {
    throw signal.aborted ? signal.reason : cutShort(url.host, error);
  }
}

/** The headers of an answer, once it began. */
function begun(stream: ClientHttp2Stream): Promise<IncomingHttpHeaders & { ":status"?: number }> {
  return new Promise((resolve, reject) => {
    stream.once("response", resolve);
    stream.once("error", reject);
    stream.once("close", () => reject(new Error("the connection ended before an answer")));
  });
}
