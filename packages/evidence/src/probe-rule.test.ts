import { expect, it } from "vitest";
import { probeRule } from "./probe-rule.js";

const VECTORS = { labels: false, decimals: null };

it("takes a suspect for a student unless it sides with the reference on more than half of the learning probes", () => {
  const rule = (agreeing: number) => probeRule(VECTORS, "auto", { answered: 24, agreeing });
  expect([rule(7), rule(12), rule(13), rule(24)]).toEqual([
    "most-spread",
    "most-spread",
    "most-uncertain",
    "most-uncertain",
  ]);
});

it("asks copies that show little on the boundary, and takes every suspect for a copy without shadow models", () => {
  const copy = { answered: 24, agreeing: 23 };
  expect(probeRule({ labels: true, decimals: null }, "auto", copy)).toBe("boundary");
  expect(probeRule({ labels: false, decimals: 2 }, "auto", null)).toBe("boundary");
  expect(probeRule(VECTORS, "auto", null)).toBe("most-uncertain");
});

it("does as it is told", () => {
  const student = { answered: 24, agreeing: 2 };
  expect(probeRule(VECTORS, "uncertain", student)).toBe("most-uncertain");
  expect(probeRule(VECTORS, "boundary", student)).toBe("boundary");
  expect(probeRule(VECTORS, "shadows", { answered: 24, agreeing: 24 })).toBe("most-spread");
});
