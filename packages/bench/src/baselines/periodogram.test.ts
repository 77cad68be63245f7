import { randomNumbers } from "@indicia/data/random-numbers";
import { describe, expect, it } from "vitest";
import { periodogram, signalToNoise } from "./periodogram.js";

const { uniform, normal } = randomNumbers("periodogram");
const TIMES = Float64Array.from({ length: 150 }, () => 3 * uniform());
const NOISE = Float64Array.from({ length: 150 }, normal);

/** The formula as J. Scargle wrote it, with the delay tau (1982, equation 10), twice as large. */
function scargle(times: Float64Array, values: Float64Array, w: number): number {
  const sum = (of: (t: number, y: number) => number): number =>
    times.reduce((total, t, i) => total + of(t, values[i] ?? 0), 0);
  const tau =
    Math.atan2(
      sum((t) => Math.sin(2 * w * t)),
      sum((t) => Math.cos(2 * w * t)),
    ) /
    (2 * w);
  const part = (wave: (angle: number) => number): number =>
    sum((t, y) => y * wave(w * (t - tau))) ** 2 / sum((t) => wave(w * (t - tau)) ** 2);
  return part(Math.cos) + part(Math.sin);
}

describe("the periodogram", () => {
  it("is Scargle's", () => {
    const power = periodogram(TIMES, NOISE, 0.7, 40);
    for (const [f, each] of power.entries())
      expect(each).toBeCloseTo(scargle(TIMES, NOISE, 0.7 * (f + 1)), 7);
  });

  it("finds a cosine of any phase in noise, and none beside it", () => {
    for (const phase of [0, 1, 2, 3]) {
      const values = NOISE.map((noise, i) => noise + Math.cos(30 * (TIMES[i] ?? 0) + phase));
      expect(signalToNoise(TIMES, values, { frequency: 30, per: 16, count: 32 })).toBeGreaterThan(8);
      expect(signalToNoise(TIMES, values, { frequency: 21, per: 16, count: 32 })).toBeLessThan(3);
    }
  });

  it("is 0 where there is nothing", () => {
    const grid = { frequency: 30, per: 16, count: 32 };
    expect(signalToNoise(TIMES, new Float64Array(150), grid)).toBe(0);
    expect(signalToNoise(new Float64Array(0), new Float64Array(0), grid)).toBe(0);
  });
});
