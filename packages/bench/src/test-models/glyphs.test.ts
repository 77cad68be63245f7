import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { drawGlyphs, GLYPH_CLASSES, GLYPH_SIZE } from "./glyphs.js";

describe("drawGlyphs", () => {
  it("draws images of ink on paper", () => {
    const { images, labels } = drawGlyphs({ seed: 1, count: 400 });
    expect(images).toHaveLength(400 * GLYPH_SIZE * GLYPH_SIZE);
    expect(images.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(new Set(labels).size).toBe(GLYPH_CLASSES.length);
    expect(Math.max(...labels)).toBe(GLYPH_CLASSES.length - 1);
    // Ink covers some of every image, never most of it.
    for (let i = 0; i < 400; i++) {
      const image = images.subarray(i * 400, (i + 1) * 400);
      const dark = image.filter((value) => value > 0.4).length;
      expect(dark).toBeGreaterThan(5);
      expect(dark).toBeLessThan(250);
    }
  });

  it("draws the same again for the same seed, a longer run beginning with the shorter one", () => {
    const short = drawGlyphs({ seed: "a", count: 10 });
    const long = drawGlyphs({ seed: "a", count: 20 });
    expect(long.images.slice(0, short.images.length)).toEqual(short.images);
    expect(long.labels.slice(0, 10)).toEqual(short.labels);
    expect(drawGlyphs({ seed: "b", count: 10 }).images).not.toEqual(short.images);
  });

  it("still draws what registered data were drawn as", () => {
    const { images, labels } = drawGlyphs({ seed: 7, count: 5 });
    // Rounded: sines and logarithms may differ in the last digit between engines.
    const rounded = Uint8Array.from(images, (value) => Math.round(value * 200));
    expect([...labels]).toEqual([17, 11, 0, 1, 0]);
    expect(createHash("sha256").update(rounded).digest("hex")).toBe(
      "4e922a1ee201bca9ff57afd62e860fb5f58186b3ec07949e70932e038dfeaa1b",
    );
  });
});
