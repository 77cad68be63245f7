import type { LookupAddress, LookupOptions } from "node:dns";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { connect as connectTcp, createServer, isIP, type Server } from "node:net";
import { type ConnectOptions, checkedConnect } from "@indicia/suspects/checked-connect";
import { createGuardedFetch } from "@indicia/suspects/guarded-fetch";
import { SuspectError } from "@indicia/suspects/error";

/** An address of the public internet that sockets of `public.test` say they have reached; none is sent anything. */
const PUBLIC_ADDRESS = "93.184.216.34";
/** Nobody here takes longer to answer. */
const TIMEOUT_MS = 5000;
const MAX_BYTES = 1000;

type Lookup = NonNullable<ConnectOptions["lookup"]>;
type Connect = NonNullable<ConnectOptions["connect"]>;

/** A server that must not be reached, on every address of this machine. */
export interface Canary {
  readonly port: number;
  readonly connections: number;
  close(): void;
}

export async function openCanary(): Promise<Canary> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  const port = await listening(server, "::");
  return {
    port,
    get connections() {
      return connections;
    },
    close: () => void server.close(),
  };
}

/** A server of the public internet that redirects: from /N in N further steps, and then to where it is told. */
export interface Redirector {
  readonly port: number;
  leadTo(location: string): void;
  close(): void;
}

/** @param http2 whether it speaks HTTP/2 without TLS */
export async function openRedirector(http2: boolean): Promise<Redirector> {
  let target = "";
  const next = (path: string): string => {
    const left = Number(path.slice(1));
    return left > 0 ? `/${left - 1}` : target;
  };
  const server = http2 ? createHttp2Server() : createHttpServer();
  server.on(
    "request",
    (
      request: { readonly url?: string },
      response: { writeHead(status: number, headers: object): { end(): void } },
    ) => {
      response.writeHead(307, { location: next(request.url ?? "/0") }).end();
    },
  );
  const port = await listening(server, "127.0.0.1");
  return {
    port,
    leadTo: (location) => {
      // Bytes of UTF-8, as servers send what is not of ASCII.
      target = Buffer.from(location, "utf8").toString("latin1");
    },
    close: () => void server.close(),
  };
}

export interface Attempt {
  readonly url: string;
  readonly http2: boolean;
  readonly allowPrivate: boolean;
  /** What every name resolves to. */
  readonly resolved: readonly string[];
  /** Where connections end that this machine does not have. */
  readonly canary: Canary;
  /** Where those to public.test end. */
  readonly redirector: Redirector;
}

/**
 * Ask for an address through the guard.
 *
 * @returns the code of the refusal, or "answered"
 */
export async function attempt({ url, http2, allowPrivate, ...world }: Attempt): Promise<string> {
  const lookup = resolver(world.resolved);
  const connect = worldConnect({ ...world, allowPrivate, lookup });
  const fetch = createGuardedFetch({
    allowPrivate,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    lookup,
    connect,
  });
  try {
    await fetch({ method: "POST", url: new URL(url), headers: {}, body: Uint8Array.of(1), http2 });
    return "answered";
  } catch (error) {
    if (error instanceof SuspectError) return error.code;
    throw error;
  } finally {
    await fetch.close();
  }
}

function resolver(addresses: readonly string[]): Lookup {
  const lookup = (
    _host: string,
    _: LookupOptions,
    done: (error: Error | null, addresses: LookupAddress[]) => void,
  ): void =>
    done(
      null,
      addresses.map((address) => ({ address, family: isIP(address) })),
    );
  return lookup as Lookup;
}

/**
 * Names, and addresses of this machine, are connected to as always. Nothing leaves the machine: public.test ends at the
 * redirector or, at the canary's port, at the canary, and every other address at the canary, at sockets that say they have reached what was meant. (A name that
 * resolves to a public address beside a private one is refused whole, before anything is connected to.)
 */
function worldConnect({
  canary,
  redirector,
  allowPrivate,
  lookup,
}: Pick<Attempt, "canary" | "redirector" | "allowPrivate"> & { readonly lookup: Lookup }): Connect {
  const honest = checkedConnect({ allowPrivate, lookup }, () => {});
  return (target, done) => {
    const { hostname } = target;
    if (hostname === "public.test") {
      const port = Number(target.port) === canary.port ? canary.port : redirector.port;
      return disguised(port, PUBLIC_ADDRESS)(target, done);
    }
    const ownOrNamed = isIP(hostname) === 0 || /^(?:127\.|0\.0\.0\.0$|::1?$|::ffff:)/.test(hostname);
    return (ownOrNamed ? honest : disguised(canary.port, hostname))(target, done);
  };
}

function disguised(port: number, claimed: string): Connect {
  return (_, done) => {
    const socket = connectTcp(port, "127.0.0.1", () => done(null, socket));
    socket.on("error", (error) => done(error, null));
    Object.defineProperty(socket, "remoteAddress", { value: claimed });
  };
}

async function listening(server: Server, host: string): Promise<number> {
  server.listen(0, host);
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
