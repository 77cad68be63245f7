import { createCipheriv, createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { randomNumbers } from "./random-numbers.js";

describe("randomNumbers", () => {
  it("is the cipher's stream, block after block", () => {
    const key = createHash("sha256").update("indicia random numbers\n7").digest();
    const stream = createCipheriv("aes-256-ctr", key, new Uint8Array(16)).update(new Uint8Array(40_000));
    const numbers = randomNumbers(7);
    for (let i = 0; i < 10_000; i++) expect(numbers.below(2 ** 32)).toBe(stream.readUInt32LE(4 * i));
  });

  it("gives each seed a sequence of its own, the same every time", () => {
    const draw = (seed: number | string): number[] => {
      const numbers = randomNumbers(seed);
      return Array.from({ length: 5 }, () => numbers.uniform());
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it("has the moments of its distributions", () => {
    const n = 100_000;
    const numbers = randomNumbers("moments");
    const normals = Array.from({ length: n }, () => numbers.normal());
    const mean = normals.reduce((sum, x) => sum + x, 0) / n;
    const variance = normals.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
    const uniform = Array.from({ length: n }, () => numbers.uniform()).reduce((sum, x) => sum + x, 0) / n;
    // Five standard errors.
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(uniform - 0.5)).toBeLessThan(5 / Math.sqrt(12 * n));
  });

  it("draws every integer below a limit equally often", () => {
    const numbers = randomNumbers("dice");
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) {
      const side = numbers.below(6);
      counts[side] = (counts[side] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // The 99.99 % quantile with five degrees of freedom.
    expect(chiSquare).toBeLessThan(25.7);
    expect(() => numbers.below(0)).toThrow(RangeError);
  });
});
