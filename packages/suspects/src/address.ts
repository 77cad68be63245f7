import ipaddr from "ipaddr.js";

/** Ranges that ipaddr.js names and that belong to the public internet. */
const PUBLIC = "unicast";
/** IPv6 prefixes that carry an IPv4 address: NAT64 (RFC 6052), 6to4 (RFC 3056), IPv4-translated (RFC 2765). */
const NAT64 = "64:ff9b::";
/** Documentation, benchmarking and other special ranges that older tables call unicast (RFC 6890 and its updates). */
const SPECIAL: readonly string[] = ["192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4", "64:ff9b:1::/48", "100::/64", "2001::/23", "5f00::/16", "fec0::/10"];

/**
 * Whether an address lies on the public internet: not private, loopback, link-local (where cloud metadata live),
 * carrier-grade NAT, multicast or reserved, neither itself nor as an IPv4 address inside an IPv6 one.
 *
 * @param address as a resolver or a socket gives it
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return isPublic(parsed);
  const embedded = embeddedIPv4(parsed);
  return isPublic(parsed, embedded !== null) && (embedded === null || isPublic(embedded));
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6, carriesIPv4 = false): boolean {
  for (const range of SPECIAL) {
    const [network, bits] = ipaddr.parseCIDR(range);
    if (network.kind() === address.kind() && address.match(network, bits)) return false;
  }
  const range: string = address.range();
  return range === PUBLIC || (carriesIPv4 && (range === "rfc6052" || range === "6to4"));
}

function embeddedIPv4(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  const bytes = address.toByteArray();
  if (address.match(ipaddr.IPv6.parse(NAT64), 96)) return new ipaddr.IPv4(bytes.slice(12));
  if (address.range() === "6to4") return new ipaddr.IPv4(bytes.slice(2, 6));
  return null;
}
