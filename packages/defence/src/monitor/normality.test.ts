import { randomNumbers } from "@indicia/data/random-numbers";
import { describe, expect, it } from "vitest";
import { abnormality } from "./normality.js";

const numbers = randomNumbers("normality");
const sample = (draw: () => number): Float64Array => Float64Array.from({ length: 128 }, draw);

describe("abnormality", () => {
  it("is small for normal samples, whatever their scale", () => {
    const normal = sample(() => numbers.normal());
    expect(abnormality(normal)).toBeLessThan(0.04);
    expect(abnormality(normal.map((value) => 5 + 100 * value))).toBeCloseTo(abnormality(normal), 9);
  });

  it("is large for two heaps, as the distances of synthetic queries make", () => {
    expect(
      abnormality(sample(() => (numbers.uniform() < 0.5 ? 1 : 5) + 0.1 * numbers.normal())),
    ).toBeGreaterThan(0.15);
  });

  it("leaves out what lies beyond three deviations", () => {
    const normal = sample(() => numbers.normal());
    const stray = normal.slice();
    stray[0] = 1000;
    expect(abnormality(stray)).toBeLessThan(0.05);
  });

  it("says nothing of samples without spread", () => {
    expect(abnormality(new Float64Array(50).fill(2))).toBe(0);
    expect(abnormality(Float64Array.of(1, 2))).toBe(0);
  });
});
