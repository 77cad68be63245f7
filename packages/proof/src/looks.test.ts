import fc from "fast-check";
import { expect, it } from "vitest";
import { lookPrice, lookSizes } from "./looks.js";

it("looks at doubling sizes and at the budget last", () => {
  expect(lookSizes(500)).toEqual([64, 128, 256, 500]);
  expect(lookSizes(64)).toEqual([64]);
  expect(lookSizes(10)).toEqual([10]);
  expect(lookSizes(0)).toEqual([]);
});

it("spends less than the whole level over the looks of any budget, and half of it on the last", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1 << 24 }), (budget) => {
      const sizes = lookSizes(budget);
      const shares = sizes.map((_, i) => {
        const { lnFactor, factor } = lookPrice({ position: i + 1, closing: i === sizes.length - 1 });
        expect(factor).toBeCloseTo(Math.exp(lnFactor), 6);
        return Math.exp(-lnFactor);
      });
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1 - 1 / (2 * sizes.length), 12);
      expect(shares.at(-1)).toBeCloseTo(0.5, 12);
    }),
  );
});

it("has each look pay for endless others where no end was planned", () => {
  expect(lookPrice({ position: 3, closing: null }).lnFactor).toBeCloseTo(Math.log(12), 12);
});
