import type { Server } from "node:http";
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";

/** Time for a request's headers: one segment, even over a bad line. */
const HEADERS_MS = 10_000;
/** Time for a whole request, from its first byte: 64 MiB at a slow office's 10 Mbit/s. */
const REQUEST_MS = 60_000;
/** Time between requests of one connection. */
const KEEP_ALIVE_MS = 10_000;
/** Time that a connection may stand still while an answer is made or taken. */
const IDLE_MS = 120_000;
/** Bytes of headers: bearer tokens with many claims take 8 KB. */
const MAX_HEADER_BYTES: number = 16 * 1024;
/** Connections at once: beyond them file descriptors run out. */
const MAX_CONNECTIONS = 4096;
/** Time for answers under way once the gateway ends. */
const GRACE_MS = 15_000;

/** How long and how much a connection may ask. */
export interface ConnectionLimits {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly keepAliveMs: number;
  readonly idleMs: number;
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
  readonly graceMs: number;
}

const DEFAULTS: ConnectionLimits = {
  headersMs: HEADERS_MS,
  requestMs: REQUEST_MS,
  keepAliveMs: KEEP_ALIVE_MS,
  idleMs: IDLE_MS,
  maxHeaderBytes: MAX_HEADER_BYTES,
  maxConnections: MAX_CONNECTIONS,
  graceMs: GRACE_MS,
};

export interface Listening {
  /** For example http://127.0.0.1:8080. */
  readonly address: string;
  /** Take no more requests, and resolve once those under way are answered or their time is up. */
  close(): Promise<void>;
}

/**
 * Answer HTTP until `close`. Who sends headers or body too slowly is answered 408, too many headers 431.
 *
 * @param where.port 0 for any free port
 * @throws what listening throws, such as EADDRINUSE
 */
export async function listen(
  app: Pick<Hono, "fetch">,
  where: { readonly port: number; readonly host: string; readonly limits?: Partial<ConnectionLimits> },
): Promise<Listening> {
  const limits = { ...DEFAULTS, ...where.limits };
  const answer = getRequestListener(app.fetch);
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      // Timeouts are looked after at this pace.
      connectionsCheckingInterval: Math.max(50, Math.min(1000, limits.headersMs / 4)),
    },
    (request, response) => void answer(request, response),
  );
  server.maxConnections = limits.maxConnections;
  server.setTimeout(limits.idleMs);
  const port = await started(server, where);
  const host = where.host.includes(":") ? `[${where.host}]` : where.host;
  return { address: `http://${host}:${port}`, close: () => ended(server, limits.graceMs) };
}

async function started(
  server: Server,
  { port, host }: { readonly port: number; readonly host: string },
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

async function ended(server: Server, graceMs: number): Promise<void> {
  const force = setTimeout(() => server.closeAllConnections(), graceMs);
  // Those that are kept alive without a request would be waited for.
  server.on("request", (_, response) => response.setHeader("connection", "close"));
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(force);
}
