import { expect, test } from "vitest";
import { countedAddress } from "./client-address.js";

test.each([
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
])("%s and %s are counted as one", (one, other) => {
  expect(countedAddress(one)).toBe(countedAddress(other));
});

test("other networks are others", () => {
  expect(countedAddress("2001:db8:1:2::1")).not.toBe(countedAddress("2001:db8:1:3::1"));
  expect(countedAddress("192.0.2.1")).not.toBe(countedAddress("192.0.2.2"));
  expect(countedAddress("unknown")).toBe("unknown");
});
