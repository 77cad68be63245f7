import { describe, expect, it } from "vitest";
import { drawGlyphs } from "../test-models/glyphs.js";
import { glyphRows } from "./draw-rows.js";

const PIXELS = 400;

describe("glyphRows", () => {
  it("spreads images of noise among glyphs that come in their order", () => {
    const { image } = glyphRows({ seed: "1", count: 9, noise: 3 });
    expect(image?.dims).toEqual([12, 1, 20, 20]);
    const data = Float32Array.from(image?.data as Float32Array);
    const rows = Array.from({ length: 12 }, (_, row) => data.subarray(row * PIXELS, (row + 1) * PIXELS));
    const glyphs = drawGlyphs({ seed: "1", count: 9 }).images;
    const kept = rows.filter((_, row) => row % 4 !== 3);
    for (const [i, row] of kept.entries()) expect(row).toEqual(glyphs.subarray(i * PIXELS, (i + 1) * PIXELS));
    for (const row of rows.filter((_, i) => i % 4 === 3))
      expect(row.reduce((sum, value) => sum + value, 0) / PIXELS).toBeCloseTo(0.5, 1);
  });

  it("draws other rows for another seed, and never those that the models were trained on", () => {
    const [first, same, other] = ["1", "1", "2"].map((seed) => glyphRows({ seed, count: 5, noise: 1 }));
    expect(same).toEqual(first);
    expect(other).not.toEqual(first);
    const trained = drawGlyphs({ seed: "fit/1", count: 5 }).images;
    expect(glyphRows({ seed: "1", count: 5, noise: 0 })["image"]?.data).not.toEqual(trained);
  });
});
