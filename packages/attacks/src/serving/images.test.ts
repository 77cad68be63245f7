import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import { random } from "@indicia/autodiff/random";
import { blur } from "./blur.js";
import { jpeg } from "./jpeg.js";

/** The block and what becomes of it at quality 50, as in the article "JPEG" of Wikipedia. */
const BLOCK = [
  52, 55, 61, 66, 70, 61, 64, 73, 63, 59, 55, 90, 109, 85, 69, 72, 62, 59, 68, 113, 144, 104, 66, 73, 63, 58,
  71, 122, 154, 106, 70, 69, 67, 61, 68, 104, 126, 88, 68, 70, 79, 65, 60, 70, 77, 68, 58, 75, 85, 71, 64, 59,
  55, 61, 65, 83, 87, 79, 69, 68, 65, 76, 78, 94,
];
const DECODED = [
  62, 65, 57, 60, 72, 63, 60, 82, 57, 55, 56, 82, 108, 87, 62, 71, 58, 50, 60, 111, 148, 114, 67, 65, 65, 55,
  66, 120, 155, 114, 68, 70, 70, 63, 67, 101, 122, 88, 60, 78, 71, 71, 64, 70, 80, 62, 56, 81, 75, 82, 67, 54,
  63, 65, 66, 83, 81, 94, 75, 54, 68, 81, 81, 87,
];

function images(dims: readonly number[], data: ArrayLike<number>): Tensor {
  return { type: "float32", dims, data: Float32Array.from(data) };
}

function noisy(dims: readonly [number, number, number, number], seed: number): Tensor {
  const { uniform } = random(seed, "images");
  const count = dims.reduce((all, dim) => all * dim, 1);
  return images(dims, Float64Array.from({ length: count }, uniform));
}

function distance(a: Tensor, b: Tensor): number {
  const other = toFloat64(b);
  return Math.max(...toFloat64(a).map((value, i) => Math.abs(value - (other[i] ?? Number.NaN))));
}

describe("JPEG", () => {
  it("gives the published block back", () => {
    const decoded = jpeg({ quality: 50, range: [0, 255] })(images([1, 1, 8, 8], BLOCK), 0);
    expect([...decoded.data]).toEqual(DECODED);
  });

  it("loses little at quality 100, more at 75, most at 10", () => {
    const given = noisy([2, 3, 19, 28], 1);
    const losses = [100, 75, 10].map((quality) => distance(given, jpeg({ quality })(given, 0)));
    expect(losses[0]).toBeLessThan(4 / 255);
    expect(losses).toEqual([...losses].sort((a, b) => a - b));
    expect(losses[2]).toBeGreaterThan(0.3);
  });

  it("works on each image alone, edges that fill no block included", () => {
    const given = noisy([3, 2, 9, 13], 2);
    const alone = images([1, 2, 9, 13], toFloat64(given).slice(-2 * 9 * 13));
    const together = toFloat64(jpeg({ quality: 30 })(given, 0));
    expect(toFloat64(jpeg({ quality: 30 })(alone, 0))).toEqual(together.slice(-2 * 9 * 13));
  });
});

describe("blur", () => {
  it("keeps flat images and the sum of a point, and spreads the point as a Gaussian", () => {
    const flat = images([1, 1, 5, 7], new Float32Array(35).fill(0.25));
    expect(distance(blur({ sigma: 0.5 })(flat, 0), flat)).toBeLessThan(1e-6);
    const point = images([1, 1, 9, 9], new Float32Array(81).fill(1, 40, 41));
    const spread = toFloat64(blur({ sigma: 0.5 })(point, 0));
    expect(spread.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    // One pixel aside, down, or both.
    const ratio = Math.exp(-1 / (2 * 0.25));
    expect((spread[41] ?? 0) / (spread[40] ?? 0)).toBeCloseTo(ratio, 5);
    expect((spread[49] ?? 0) / (spread[40] ?? 0)).toBeCloseTo(ratio, 5);
    expect((spread[50] ?? 0) / (spread[40] ?? 0)).toBeCloseTo(ratio ** 2, 5);
  });
});

describe("rows that are no images", () => {
  it.each([
    ["blur", blur({ sigma: 1 })],
    ["JPEG", jpeg({ quality: 75 })],
  ])("are refused by %s", (_, change) => {
    expect(() => change(images([2, 3], [1, 2, 3, 4, 5, 6]), 0)).toThrow(
      expect.objectContaining({ code: "NOTHING_TO_DO" }),
    );
  });
});
