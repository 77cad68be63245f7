import { expect, it } from "vitest";
import { corrected, correction, lnCorrection, lostProbes, sequential } from "./correction.js";

it("adds logs and never exceeds p = 1", () => {
  expect(corrected(-10, [correction("tried", 4), sequential("look", 3)])).toBeCloseTo(
    -10 + Math.log(4) + Math.log(12),
    12,
  );
  expect(corrected(-1, [correction("tried", 1000)])).toBe(0);
});

it("refuses factors that would strengthen evidence", () => {
  expect(() => correction("x", 0.5)).toThrow(RangeError);
  expect(() => correction("x", Number.NaN)).toThrow(RangeError);
  expect(() => lnCorrection("x", -1)).toThrow(RangeError);
  expect(() => sequential("x", 0)).toThrow(RangeError);
});

it("keeps factors beyond doubles by their logarithm", () => {
  const payload = lnCorrection("payload decoded from the suspect", 256 * Math.LN2);
  expect(payload.factor).toBeNull();
  expect(payload.lnFactor).toBeCloseTo(256 * Math.log(2), 9);
});

it("spends exactly the whole level over all looks", () => {
  let spent = 0;
  for (let j = 1; j <= 100_000; j++) spent += Math.exp(-sequential("look", j).lnFactor);
  expect(spent).toBeLessThan(1);
  expect(spent).toBeGreaterThan(0.99998);
});

it("charges lost probes by the number of subsets", () => {
  expect(Math.exp(lostProbes(5, 2).lnFactor)).toBeCloseTo(10, 9);
  expect(lostProbes(500, 0).lnFactor).toBe(0);
  expect(lostProbes(500, 500).lnFactor).toBe(0);
});
