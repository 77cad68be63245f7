import { expect, it } from "vitest";
import { liesIn, parseNetwork } from "./networks.js";

const networksOf = (...texts: readonly string[]) =>
  texts.map(parseNetwork).filter((network) => network !== null);

it("an address lies in its networks, also in its mapped form, and in none of the other family", () => {
  const networks = networksOf("10.0.0.0/8", "192.0.2.7", "fd00::/8");
  for (const inside of ["10.9.8.7", "::ffff:10.9.8.7", "192.0.2.7", "fd00::1"])
    expect([inside, liesIn(inside, networks)]).toEqual([inside, true]);
  for (const outside of ["11.0.0.1", "192.0.2.8", "2001:db8::1", "a name", ""])
    expect([outside, liesIn(outside, networks)]).toEqual([outside, false]);
});

it("what is no network is none", () => {
  for (const text of ["10.0.0.0/33", "example.org", "", "/8"])
    expect([text, parseNetwork(text)]).toEqual([text, null]);
});
