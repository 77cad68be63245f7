import { randomNumbers } from "@indicia/data/random-numbers";
import { describe, expect, it } from "vitest";
import { patchFilters, quantileBiases } from "./filters.js";
import { drawGlyphs } from "./glyphs.js";

describe("patchFilters", () => {
  it("cuts normalised patches out of the images", () => {
    const { images } = drawGlyphs({ seed: 1, count: 50 });
    const maps = { values: images, dims: [50, 1, 20, 20] as const };
    const filters = patchFilters(maps, 10, 5, randomNumbers(1));
    expect(filters).toHaveLength(10 * 25);
    for (let i = 0; i < 10; i++) {
      const filter = filters.subarray(i * 25, (i + 1) * 25);
      expect(filter.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 5);
      expect(filter.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 5);
    }
    expect(patchFilters(maps, 10, 5, randomNumbers(1))).toEqual(filters);
    expect(patchFilters(maps, 10, 5, randomNumbers(2))).not.toEqual(filters);
  });
});

describe("quantileBiases", () => {
  it("takes the quantile of each channel over images and positions", () => {
    // Two images, two channels of 1 x 5: channel 0 counts from 0 to 9, channel 1 is ten times that.
    const values = Float32Array.of(0, 1, 2, 3, 4, 0, 10, 20, 30, 40, 5, 6, 7, 8, 9, 50, 60, 70, 80, 90);
    expect(quantileBiases({ values, dims: [2, 2, 1, 5] }, 0.5)).toEqual(Float32Array.of(-4, -40));
    expect(quantileBiases({ values, dims: [2, 2, 1, 5] }, 1)).toEqual(Float32Array.of(-9, -90));
  });
});
