import { expect, it } from "vitest";
import { binomialUpperQuantile, lnBinomialUpperTail, proportionUpperBound } from "./binomial.js";

it("gives exact tails", () => {
  expect(Math.exp(lnBinomialUpperTail(8, 10, 0.5))).toBeCloseTo(56 / 1024, 12);
  expect(Math.exp(lnBinomialUpperTail(0, 10, 0.5))).toBe(1);
  expect(lnBinomialUpperTail(1000, 1000, 0.5)).toBeCloseTo(-1000 * Math.LN2, 8);
  expect(lnBinomialUpperTail(11, 10, 0.5)).toBe(Number.NEGATIVE_INFINITY);
});

it("keeps digits far below the smallest double", () => {
  expect(lnBinomialUpperTail(20_000, 20_000, 0.01)).toBeCloseTo(20_000 * Math.log(0.01), 5);
});

it("finds quantiles", () => {
  const q = binomialUpperQuantile(1e-4, 10_000, 0.1);
  expect(lnBinomialUpperTail(q + 1, 10_000, 0.1)).toBeLessThanOrEqual(Math.log(1e-4));
  expect(lnBinomialUpperTail(q, 10_000, 0.1)).toBeGreaterThan(Math.log(1e-4));
});

it("bounds proportions as Clopper and Pearson tabulate them", () => {
  // No success in n trials: 1 - 0.05^(1/n).
  expect(proportionUpperBound(0, 100, 0.95)).toBeCloseTo(1 - 0.05 ** (1 / 100), 9);
  // 12 of 4000 stays below half a percent, 13 does not.
  expect(proportionUpperBound(12, 4000, 0.95)).toBeLessThan(0.005);
  expect(proportionUpperBound(13, 4000, 0.95)).toBeGreaterThan(0.005);
  expect(proportionUpperBound(5, 5, 0.95)).toBe(1);
});
