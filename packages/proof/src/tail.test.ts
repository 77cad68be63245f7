import fc from "fast-check";
import { expect, it } from "vitest";
import { certify, LN_KEY_FLOOR, lnRademacherTail, rademacherQuantile, toLog10 } from "./tail.js";

it("is zero for no evidence and works in the log domain", () => {
  expect(lnRademacherTail(-3)).toBe(0);
  expect(lnRademacherTail(Number.NaN)).toBe(0);
  expect(lnRademacherTail(100)).toBe(-5000);
  expect(Object.is(toLog10(-0), 0)).toBe(true);
});

it("never certifies below 2^-256", () => {
  expect(certify(-5000)).toBe(LN_KEY_FLOOR);
  expect(toLog10(LN_KEY_FLOOR)).toBeCloseTo(-77.06, 2);
  expect(certify(-10)).toBe(-10);
});

it("inverts", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e4, noNaN: true }), (t) => {
      expect(rademacherQuantile(lnRademacherTail(t))).toBeCloseTo(t, 6);
    }),
  );
});

it("bounds the exact tail of every small Rademacher sum", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 10 }), (r) => {
      const norm = Math.hypot(...r);
      if (norm === 0) return;
      const all: number[] = [];
      for (let signs = 0; signs < 2 ** r.length; signs++) {
        all.push(r.reduce((sum, x, i) => sum + (signs & (1 << i) ? -x : x), 0) / norm);
      }
      for (const t of [0.25, 0.5, 1, 1.5, 2, 2.5, 3]) {
        const tail = all.filter((value) => value >= t).length / all.length;
        expect(tail).toBeLessThanOrEqual(Math.exp(lnRademacherTail(t)) + 1e-12);
      }
    }),
  );
});
