import { expect, it } from "vitest";
import { groundKeys } from "./test-support/ground-keys.js";

it("a late key, the best of a million, is worth nothing once the keys that could be tried are counted", () => {
  const { lnP, lnPGround } = groundKeys(1_000_000);
  // The union bound: p of the best of N is about 1/N, so that a level of one in a million can be reached by trying.
  expect(lnP).toBeLessThan(-10);
  expect(lnP).toBeGreaterThan(-40 * Math.LN2);
  expect(lnPGround).toBe(0);
});
