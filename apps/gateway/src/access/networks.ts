import { liesIn, type Network, parseNetwork } from "@indicia/service/networks";
import ipaddr from "ipaddr.js";
import { GatewayError } from "../error.js";

/** A set of networks, by their prefixes. */
export type Networks = (address: string | null) => boolean;

/** Bits of an IPv4 range that one household or office has, and of an IPv6 one: /56 is what providers delegate. */
const RANGE_BITS = { ipv4: 24, ipv6: 56 } as const;

/**
 * Networks such as `10.0.0.0/8`, `::1/128` or a plain address.
 *
 * @throws GatewayError ADDRESS_MALFORMED
 */
export function parseNetworks(texts: readonly string[]): Networks {
  const networks = texts.map(requireNetwork);
  // A request asks several times about one address, and a connection about the same for all its requests.
  let latest: { readonly address: string; readonly held: boolean } | null = null;
  return (address) => {
    if (address === null) return false;
    if (latest?.address !== address) latest = { address, held: liesIn(address, networks) };
    return latest.held;
  };
}

/** Whether a text is a network. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== null;
}

function requireNetwork(text: string): Network {
  const network = parseNetwork(text);
  if (network !== null) return network;
  throw new GatewayError(
    "ADDRESS_MALFORMED",
    `${JSON.stringify(text.slice(0, 100))} is no network`,
    "Write an address, or a network such as 10.0.0.0/8.",
  );
}

/**
 * The range that an address lies in: /24 of IPv4 (also in its mapped form), /56 of IPv6.
 *
 * @returns such as `192.0.2.0/24`, or null for what is no address
 */
export function rangeOf(address: string): string | null {
  if (!ipaddr.isValid(address)) return null;
  const parsed = ipaddr.process(address);
  const bits = RANGE_BITS[parsed.kind()];
  const network =
    parsed instanceof ipaddr.IPv4
      ? ipaddr.IPv4.networkAddressFromCIDR(`${parsed.toString()}/${bits}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${withoutZone(parsed)}/${bits}`);
  return `${network.toString()}/${bits}`;
}

/** A zone names an interface of this machine, and is no part of a range. */
function withoutZone(address: ipaddr.IPv6): string {
  return new ipaddr.IPv6(address.parts).toString();
}

/**
 * Whose address a request comes from: the socket's, or where a trusted proxy holds the socket, the last address in
 * `x-forwarded-for` that no trusted proxy has. What stands further to the left, the client may have written himself.
 *
 * @param peer address of the socket, or null where it is not known
 */
export function clientAddress(
  peer: string | null,
  forwarded: string | null,
  trusted: Networks,
): string | null {
  if (!trusted(peer) || forwarded === null) return peer;
  const hops = forwarded.split(",").map((hop) => hop.trim());
  const last = hops.findLast((hop) => !trusted(hop));
  if (last === undefined) return hops[0] ?? peer;
  return ipaddr.isValid(last) ? last : peer;
}
