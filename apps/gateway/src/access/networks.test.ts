import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { clientAddress, parseNetworks, rangeOf } from "./networks.js";

describe("ranges", () => {
  it.each([
    ["192.0.2.7", "192.0.2.0/24"],
    ["::ffff:192.0.2.7", "192.0.2.0/24"],
    ["2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"],
    ["fe80::1%eth0", "fe80::/56"],
    ["not an address", null],
    ["", null],
  ])("%s lies in %s", (address, range) => {
    expect(rangeOf(address)).toBe(range);
  });

  it("hold whatever differs in the last bits alone", () => {
    const byte = fc.nat({ max: 255 });
    fc.assert(
      fc.property(byte, byte, byte, byte, byte, (a, b, c, d, e) => {
        expect(rangeOf(`${a}.${b}.${c}.${d}`)).toBe(rangeOf(`${a}.${b}.${c}.${e}`));
        expect(rangeOf(`${a}.${b}.${d}.1`) === rangeOf(`${a}.${b}.${e}.1`)).toBe(d === e);
      }),
    );
  });
});

describe("networks", () => {
  it("hold their addresses", () => {
    const inside = parseNetworks(["10.0.0.0/8", "::1", "192.0.2.7"]);
    expect(["10.9.8.7", "::ffff:10.1.1.1", "::1", "192.0.2.7"].map(inside)).toEqual([true, true, true, true]);
    expect(["11.0.0.1", "::2", "192.0.2.8", "x", null].map(inside)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it("that are none are refused", async () => {
    expect(await thrownCode(() => parseNetworks(["10.0.0.0/40"]))).toBe("ADDRESS_MALFORMED");
  });
});

describe("whose address it is", () => {
  const trusted = parseNetworks(["10.0.0.0/8"]);
  it.each([
    ["a client without a proxy", "203.0.113.5", null, "203.0.113.5"],
    ["a client who writes the header himself", "203.0.113.5", "198.51.100.1", "203.0.113.5"],
    ["behind a proxy", "10.0.0.1", "203.0.113.5", "203.0.113.5"],
    [
      "behind two, having written something first",
      "10.0.0.1",
      "1.2.3.4, 203.0.113.5, 10.0.0.2",
      "203.0.113.5",
    ],
    ["behind a proxy that writes nonsense", "10.0.0.1", "203.0.113.5, unknown", "10.0.0.1"],
    ["no socket", null, "203.0.113.5", null],
  ])("%s", (_, peer, forwarded, address) => {
    expect(clientAddress(peer, forwarded, trusted)).toBe(address);
  });
});
