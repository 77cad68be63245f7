import { networkInterfaces } from "node:os";
import { isPublicAddress } from "@indicia/suspects/address";

/** A way to say where a private host is. */
export interface AddressForm {
  readonly kind: string;
  /** As it stands in an address: IPv6 in brackets. */
  readonly host: string;
  /** Whether it leads to this machine, so that a canary of ours hears of it. */
  readonly local: boolean;
}

/** Loopback in every spelling that the WHATWG URL standard (section 3.5), inet_aton and RFC 4291 have for it. */
const LOOPBACK: Readonly<Record<string, readonly string[]>> = {
  plain: ["127.0.0.1", "127.0.0.1.", "127.255.255.254", "0.0.0.0"],
  shortened: ["127.1", "127.0.1", "0"],
  decimal: ["2130706433"],
  hexadecimal: ["0x7f000001", "0x7f.0.0.1", "0X7F.0x0.0x0.0x1", "0x7f.1"],
  octal: ["0177.0.0.1", "017700000001", "0177.1", "0000177.0000.0000.0001"],
  mixed: ["0177.0x0.1", "0x7f.0.257"],
  "percent-encoded": ["%31%32%37.0.0.1", "127%2e0%2e0%2e1"],
  "full-width": ["１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1"],
  IPv6: ["[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::]"],
  "IPv6-mapped": ["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "[::ffff:0.0.0.0]"],
  name: ["localhost", "LOCALHOST", "localhost."],
};

/** Other hosts that no suspect has: nobody is there, or somebody whom no thief is. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  "IPv6 that holds IPv4": [
    "[::127.0.0.1]",
    "[::10.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:192.168.0.1]",
  ],
  NAT64: [
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::a00:1]",
  ],
  tunnels: ["[2002:7f00:1::1]", "[2002:a00:1::]", "[2001::7f00:1]", "[2001:0:a00:1::]"],
  private: ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"],
  "private, in other bases": [
    "167772161",
    "0xa000001",
    "012.0.0.1",
    "3232235521",
    "0xc0a80001",
    "0300.0250.0.1",
    "10.1",
  ],
  "private IPv6": ["[fc00::1]", "[fd12:3456:789a::1]", "[fec0::1]"],
  "link-local": ["169.254.0.1", "[fe80::1]", "[febf::1]"],
  CGNAT: ["100.64.0.1", "100.127.255.254", "1681915905", "0x64400001", "[::ffff:100.64.0.1]"],
  metadata: [
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "169.254.170.2",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
  ],
  reserved: [
    "0.1.2.3",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "198.18.0.1",
    "192.88.99.1",
    "240.0.0.1",
    "255.255.255.255",
    "[2001:db8::1]",
    "[100::1]",
    "[3fff::1]",
    "[5f00::1]",
  ],
  multicast: ["224.0.0.1", "239.255.255.250", "[ff02::1]", "[ff0e::1]"],
};

/** Every form, this machine's own private addresses among them. */
export function addressForms(): AddressForm[] {
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ address, internal }) => !internal && !isPublicAddress(address))
    // A link-local address needs a zone, which addresses of the web do not have.
    .filter(({ address }) => !address.toLowerCase().startsWith("fe80"))
    .map(({ address, family }) => (family === "IPv6" ? `[${address}]` : address));
  return [
    ...listed(LOOPBACK, true),
    ...own.map((host) => ({ kind: "this machine's own", host, local: true })),
    ...listed(ELSEWHERE, false),
  ];
}

function listed(forms: Readonly<Record<string, readonly string[]>>, local: boolean): AddressForm[] {
  return Object.entries(forms).flatMap(([kind, hosts]) => hosts.map((host) => ({ kind, host, local })));
}

/** What a name resolves to: private addresses, alone or hidden among public ones. */
export const RESOLVED: readonly (readonly string[])[] = [
  ["127.0.0.1"],
  ["::1"],
  ["0.0.0.0"],
  ["::ffff:127.0.0.1"],
  ["::ffff:7f00:1"],
  ["127.0.0.1", "::1"],
  ["93.184.216.34", "127.0.0.1"],
  ["127.0.0.1", "93.184.216.34"],
  ["2606:4700:4700::1111", "::1"],
];

/** Addresses that are none of the web's, or hold what evidence must not. */
export const FOREIGN: readonly string[] = [
  "file:///etc/passwd",
  "ftp://127.0.0.1/",
  "gopher://127.0.0.1:70/_x",
  "dict://127.0.0.1:11211/stats",
  "ldap://127.0.0.1/",
  "ws://127.0.0.1/",
  "data:text/plain,x",
  "javascript:alert(1)",
  "http://user:password@127.0.0.1/",
  "http://public.test@127.0.0.1/",
];
