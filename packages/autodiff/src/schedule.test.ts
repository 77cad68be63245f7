import { describe, expect, it } from "vitest";
import { rateFactor } from "./schedule.js";

describe("rateFactor", () => {
  it("stays, or rises in a line and falls along half a cosine to its floor", () => {
    expect(rateFactor({ kind: "constant" }, 7, 10)).toBe(1);
    const cosine = { kind: "cosine", warmUp: 0.1, floor: 0.2 } as const;
    const rates = Array.from({ length: 101 }, (_, step) => rateFactor(cosine, step, 100));
    expect(rates.slice(0, 10)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    expect(rates[10]).toBe(1);
    expect(rates[55]).toBeCloseTo(0.6, 12);
    expect(rates[100]).toBeCloseTo(0.2, 12);
    for (let i = 11; i <= 100; i++) expect(rates[i]).toBeLessThan(rates[i - 1] ?? 0);
  });

  it("falls in steps at shares of the training", () => {
    const step = { kind: "step", every: 1 / 3, factor: 0.1 } as const;
    const rates = [0, 29, 30, 59, 60, 89].map((at) => rateFactor(step, at, 90));
    for (const [i, rate] of [1, 1, 0.1, 0.1, 0.01, 0.01].entries()) expect(rates[i]).toBeCloseTo(rate, 12);
  });
});
