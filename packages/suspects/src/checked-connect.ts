import { createHash } from "node:crypto";
import { lookup as systemLookup, type LookupAddress } from "node:dns";
import { isIP, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { buildConnector } from "undici";
import { isPublicAddress } from "./address.js";
import { SuspectError } from "./error.js";

/** Time to open a connection; a host that is up takes a second, half around the world. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Whom a connection reached. */
export interface Peer {
  readonly address: string | null;
  /** SHA-256 of the TLS certificate, hex; null without TLS. */
  readonly certificate: string | null;
}

export interface ConnectOptions {
  /** Allow private, loopback and link-local addresses: one's own network. */
  readonly allowPrivate: boolean;
  /** Authorities to trust instead of those Node knows, PEM. */
  readonly ca?: string;
  /** Resolver, for tests. */
  readonly lookup?: typeof systemLookup;
  /** What opens connections, for tests; its sockets are checked all the same. */
  readonly connect?: buildConnector.connector;
  /** Offer HTTP/2 where TLS negotiates (RFC 7301); without TLS nothing is negotiated. */
  readonly http2?: boolean;
}

/**
 * A connector for undici that reaches public addresses only. Names are resolved here, and every address checked, so
 * that what was checked is what is connected to; whom the socket reached is checked once more.
 *
 * @param onPeer called for every connection, before anything is sent on it
 */
export function checkedConnect(
  options: ConnectOptions,
  onPeer: (origin: string, peer: Peer) => void,
): buildConnector.connector {
  const connect =
    options.connect ??
    buildConnector({
      timeout: CONNECT_TIMEOUT_MS,
      lookup: checkedLookup(options),
      allowH2: options.http2 === true,
      // A resumed session need not show its certificate again.
      maxCachedSessions: 0,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    });
  return (target, done) => {
    connect(target, (...result) => {
      const [error, socket] = result;
      if (error !== null) return done(error, null);
      const address = socket.remoteAddress ?? null;
      if (!options.allowPrivate && (address === null || !isPublicAddress(address))) {
        socket.destroy();
        return done(privateAddress(address ?? "an unknown address"), null);
      }
      const host = isIP(target.hostname) === 6 ? `[${target.hostname}]` : target.hostname;
      const port = target.port === "" ? "" : `:${target.port}`;
      onPeer(`${target.protocol}//${host}${port}`, { address, certificate: fingerprint(socket) });
      return done(null, socket);
    });
  };
}

/**
 * Check what can be seen of an address before anything is resolved.
 *
 * @throws SuspectError SUSPECT_ADDRESS
 */
export function checkUrl(url: URL, { allowPrivate }: Pick<ConnectOptions, "allowPrivate">): void {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    const message = `"${url.protocol}" is neither http nor https`;
    throw new SuspectError("SUSPECT_ADDRESS", message, "Give an http(s) address.");
  }
  if (url.username !== "" || url.password !== "") {
    throw new SuspectError(
      "SUSPECT_ADDRESS",
      "the address holds a password, and addresses go into the evidence",
      "Give it by --header instead.",
    );
  }
  // URL has made decimal, octal, hexadecimal and shortened forms into plain ones (WHATWG URL, section 3.5).
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) throw privateAddress(host);
}

function privateAddress(address: string): SuspectError {
  return new SuspectError(
    "SUSPECT_ADDRESS",
    `${address} is not on the public internet`,
    "Allow it with --allow-private if it is on your own network.",
  );
}

function fingerprint(socket: Socket): string | null {
  const raw = socket instanceof TLSSocket ? socket.getPeerCertificate().raw : undefined;
  return raw === undefined ? null : createHash("sha256").update(raw).digest("hex");
}

type Lookup = NonNullable<ConnectOptions["lookup"]>;

/** A name of which one address is private is refused whole: which of them is used is up to the network. */
function checkedLookup({ allowPrivate, lookup = systemLookup }: ConnectOptions): Lookup {
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
