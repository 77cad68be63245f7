import { readFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { getRequestListener } from "@hono/node-server";
import type { Settings } from "../config/settings.js";
import { VerifierError } from "../error.js";

/** Time for a request's headers: one segment, even over a bad line. */
const HEADERS_MS = 10_000;
/** Time for a whole request: a model of some gigabytes at an office's 10 Mbit/s. What stands still ends sooner. */
const REQUEST_MS = 3_600_000;
const KEEP_ALIVE_MS = 10_000;
/** Time that a connection may stand still; events send something more often. */
const IDLE_MS = 120_000;
const MAX_HEADER_BYTES: number = 16 * 1024;
const MAX_CONNECTIONS = 4096;
/** Time for answers under way once the service ends. */
const GRACE_MS = 10_000;

export interface Listening {
  /** For example http://127.0.0.1:8080. */
  readonly address: string;
  /** Take no more requests, and resolve once those under way are answered or their time is up. */
  readonly close: () => Promise<void>;
}

/** What `listen` needs of an app. */
export interface Answers {
  readonly fetch: Parameters<typeof getRequestListener>[0];
}

/**
 * Answer HTTP, or HTTPS where a certificate is named, until `close`.
 *
 * @throws VerifierError CONFIG_INVALID where that address or port cannot be had; what reading throws
 */
export async function listen(
  { fetch }: Answers,
  where: Pick<Settings, "host" | "port" | "tls-certificate" | "tls-key">,
): Promise<Listening> {
  const answer = getRequestListener(fetch);
  const streams = new Set<ServerResponse>();
  const listener: RequestListener = (request, response) => {
    streams.add(response);
    response.once("close", () => streams.delete(response));
    void answer(request, response);
  };
  const { server, scheme } = await open(listener, where);
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(IDLE_MS);
  const port = await started(server, where);
  return { address: addressAt(scheme, where.host, port), close: () => ended(server, streams) };
}

/** Such as http://127.0.0.1:8080 or http://[::1]:8080. */
export function addressAt(scheme: "http" | "https", host: string, port: number): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function open(
  listener: RequestListener,
  where: Pick<Settings, "tls-certificate" | "tls-key">,
): Promise<{ readonly server: Server; readonly scheme: "http" | "https" }> {
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const [cert, key] = [where["tls-certificate"], where["tls-key"]];
  if (cert === undefined || key === undefined)
    return { server: createServer(limits, listener), scheme: "http" };
  const tls = { cert: await readFile(cert), key: await readFile(key), minVersion: "TLSv1.2" } as const;
  return { server: createTlsServer({ ...limits, ...tls }, listener), scheme: "https" };
}

async function started(
  server: Server,
  { port, host }: { readonly port: number; readonly host: string },
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(unavailable(cause, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** Why an address cannot be listened on, by the codes of the system that somebody can do something about. */
const REASONS: Readonly<Record<string, { readonly reason: string; readonly hint: string }>> = {
  EADDRINUSE: {
    reason: "another program listens there",
    hint: "End it, or choose another port with --port.",
  },
  EACCES: { reason: "the system does not allow it", hint: "Choose a port above 1023 with --port." },
  EADDRNOTAVAIL: {
    reason: "this machine has no such address",
    hint: "Choose one that it has, or 0.0.0.0 for all of them, with --host.",
  },
  ENOTFOUND: { reason: "there is no such host", hint: "Choose an address of this machine with --host." },
};

function unavailable(cause: Error, host: string, port: number): Error {
  const found = "code" in cause ? REASONS[String(cause.code)] : undefined;
  if (found === undefined) return cause;
  const message = `it cannot listen at ${host}, port ${port}: ${found.reason}`;
  return new VerifierError("CONFIG_INVALID", message, found.hint, { cause });
}

async function ended(server: Server, streams: ReadonlySet<ServerResponse>): Promise<void> {
  const force = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  // Those that are kept alive without a request would be waited for.
  server.on("request", (_, response) => response.setHeader("connection", "close"));
  // Events have no end of their own; a page connects again, and finds the next process.
  for (const response of streams)
    if (String(response.getHeader("content-type")).startsWith("text/event-stream")) response.destroy();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(force);
}
