import { expect, it } from "vitest";
import { corrected, correction, lnCorrection, lostProbes, sequential } from "./correction.js";
import { lookSizes, MOST_LOOKS } from "./looks.js";
import { openChoices } from "./open-choices.js";

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

it("looks at doubling sizes and at the budget last", () => {
  expect(lookSizes(500)).toEqual([64, 128, 256, 500]);
  expect(lookSizes(64)).toEqual([64]);
  expect(lookSizes(10)).toEqual([10]);
  expect(lookSizes(0)).toEqual([]);
});

it("spends no more than the level over all looks, numbers of lost probes and subsets of them", () => {
  const spentBy = (corrections: readonly { lnFactor: number }[]): number =>
    Math.exp(-corrections.reduce((sum, { lnFactor }) => sum + lnFactor, 0));
  let spent = 0;
  for (let j = 1; j <= MOST_LOOKS; j++) {
    const look = sequential("look", j);
    const probes = Math.min(64 * 2 ** (j - 1), 256);
    spent += spentBy([look]);
    for (let lost = 1; lost <= probes; lost++) {
      const own = openChoices({ probes, lost, pricing: 2 });
      spent += Math.exp(lostProbes(probes, lost).lnFactor) * spentBy([look, ...own]);
    }
  }
  expect(spent).toBeLessThan(1);
  expect(spent).toBeGreaterThan(0.98);
});

it("charges observations of before by the subsets alone", () => {
  expect(openChoices({ probes: 6, lost: 1, pricing: 1 }).map(({ name }) => name)).toEqual([
    "unanswered probes",
  ]);
  expect(openChoices({ probes: 6, lost: 0, pricing: 2 })).toEqual([]);
});
