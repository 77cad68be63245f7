import ipaddr from "ipaddr.js";

/** What IANA hands out as global unicast (RFC 4291, section 2.4, and the registry of that name). */
const GLOBAL_UNICAST: ipaddr.IPv6 = ipaddr.IPv6.parse("2000::");
const GLOBAL_UNICAST_BITS = 3;
/** The well-known prefix by which IPv6-only networks reach IPv4 hosts (RFC 6052, section 2.1). */
const NAT64: ipaddr.IPv6 = ipaddr.IPv6.parse("64:ff9b::");
const NAT64_BITS = 96;
/** Where Azure answers its own machines, credentials among the rest, at an address of the public range (Azure, "What is IP address 168.63.129.16"). */
const AZURE_WIRE_SERVER = "168.63.129.16";

/**
 * Whether an address lies on the public internet: not private, loopback, link-local (where clouds keep their metadata),
 * carrier-grade NAT, multicast, reserved, or a cloud's own. IPv4 in its mapped form and behind NAT64 counts as the IPv4 address; the
 * tunnels 6to4 and Teredo, which end at an IPv4 address of the sender's choice, never count as public.
 *
 * @param address as a resolver or a socket gives it
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return isPublicIpv4(parsed);
  if (parsed.match(NAT64, NAT64_BITS)) return isPublicIpv4(new ipaddr.IPv4(parsed.toByteArray().slice(12)));
  return parsed.range() === "unicast" && parsed.match(GLOBAL_UNICAST, GLOBAL_UNICAST_BITS);
}

function isPublicIpv4(address: ipaddr.IPv4): boolean {
  return address.range() === "unicast" && address.toString() !== AZURE_WIRE_SERVER;
}
