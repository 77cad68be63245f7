import { expect, it } from "vitest";
import { groundKeys } from "./test-support/ground-keys.js";

it("a late key, the best of a million, is worth nothing once the keys that could be tried are counted", () => {
  const { lnP, lnPGround } = groundKeys(1_000_000);
  // The bound lies above p, which is about 1/N for the best of N: trying alone reaches less than one in ten thousand.
  expect(lnP).toBeLessThan(-9.21);
  expect(lnP).toBeGreaterThan(-40 * Math.LN2);
  expect(lnPGround).toBe(0);
});
