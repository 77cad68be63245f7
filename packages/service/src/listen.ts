import { readFile } from "node:fs/promises";
import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { getRequestListener } from "@hono/node-server";
import { type ConnectionLimits, USUAL_LIMITS } from "./connection-limits.js";

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

/** Where an app answers, and how patiently. */
export interface Place {
  /** 0 for any free port. */
  readonly port: number;
  readonly host: string;
  /** Files of a certificate and its key, PEM; without them, plain HTTP. */
  readonly tls?: { readonly certificate: string; readonly key: string } | null;
  readonly limits?: Partial<ConnectionLimits>;
}

/**
 * Answer HTTP, or HTTPS where a certificate is named, until `close`. Who sends headers or body too slowly is answered 408,
 * too many headers 431.
 *
 * @throws what listening or reading throws, such as EADDRINUSE
 */
export async function listen({ fetch }: Answers, where: Place): Promise<Listening> {
  const limits = { ...USUAL_LIMITS, ...where.limits };
  const answer = getRequestListener(fetch);
  const open = new Set<ServerResponse>();
  const listener: RequestListener = (request, response) => {
    open.add(response);
    response.once("close", () => open.delete(response));
    void answer(request, response);
  };
  const { server, scheme } = await create(listener, limits, where.tls ?? null);
  server.maxConnections = limits.maxConnections;
  server.setTimeout(limits.idleMs);
  const port = await started(server, where);
  return { address: addressAt(scheme, where.host, port), close: () => ended(server, open, limits.graceMs) };
}

/** Such as http://127.0.0.1:8080 or http://[::1]:8080. */
export function addressAt(scheme: "http" | "https", host: string, port: number): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function create(
  listener: RequestListener,
  limits: ConnectionLimits,
  tls: NonNullable<Place["tls"]> | null,
): Promise<{ readonly server: Server; readonly scheme: "http" | "https" }> {
  const options: ServerOptions = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    // Timeouts are looked after at this pace.
    connectionsCheckingInterval: Math.max(50, Math.min(1000, limits.headersMs / 4)),
  };
  if (tls === null) return { server: createServer(options, listener), scheme: "http" };
  const [cert, key] = await Promise.all([readFile(tls.certificate), readFile(tls.key)]);
  const server = createTlsServer({ ...options, cert, key, minVersion: "TLSv1.2" }, listener);
  return { server, scheme: "https" };
}

async function started(server: Server, { port, host }: Place): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

async function ended(server: Server, open: ReadonlySet<ServerResponse>, graceMs: number): Promise<void> {
  const force = setTimeout(() => server.closeAllConnections(), graceMs);
  // Those that are kept alive without a request would be waited for.
  server.on("request", (_, response) => response.setHeader("connection", "close"));
  // Events have no end of their own; a page connects again, and finds the next process.
  for (const response of open) if (isEvents(response)) response.destroy();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(force);
}

/** Headers that were written along with the status are not kept, so that what was asked for has to tell. */
function isEvents(response: ServerResponse): boolean {
  const said = [response.getHeader("content-type"), response.req.headers.accept];
  return response.headersSent && said.some((type) => String(type).startsWith("text/event-stream"));
}
