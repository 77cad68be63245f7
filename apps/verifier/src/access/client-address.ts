import { liesIn, parseNetwork } from "@indicia/service/networks";
import type { Context } from "hono";
import ipaddr from "ipaddr.js";

/** Header to which the proxy in front appends the address that it was called from. */
const FORWARDED = "x-forwarded-for";

/** Says where a request comes from; null where the app is called without a socket, as tests do. */
export type ClientAddress = (c: Context) => string | null;

/** Whether a text is an address, or a network such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== null;
}

/**
 * The socket's address, or where a trusted proxy holds the socket, the last one in `x-forwarded-for` that no trusted
 * proxy has: what stands further to the left, the client may have written himself.
 *
 * @param proxies addresses and networks of those in front
 */
export function clientAddress(proxies: readonly string[]): ClientAddress {
  // The settings admit nothing else than networks.
  const networks = proxies.map(parseNetwork).filter((network) => network !== null);
  const isProxy = (address: string): boolean => liesIn(address, networks);
  return (c) => {
    const peer = peerOf(c);
    if (peer === null || !isProxy(peer)) return peer;
    const hops = (c.req.header(FORWARDED) ?? "").split(",").map((hop) => hop.trim());
    const last = hops.findLast((hop) => !isProxy(hop));
    return last !== undefined && ipaddr.isValid(last) ? last : peer;
  };
}

/** Bits of an IPv6 address that a provider gives a customer at least (RFC 6177, section 2): the others are his to choose. */
const CUSTOMER_BITS = 64;

/** Whom attempts of an address are counted for: itself, or the network of an IPv6 address, of which one person has them all. */
export function countedAddress(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/${CUSTOMER_BITS}`);
  return `${network.toString()}/${CUSTOMER_BITS}`;
}

function peerOf(c: Context): string | null {
  const { incoming } = (c.env ?? {}) as {
    readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } };
  };
  return incoming?.socket?.remoteAddress ?? null;
}
