import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matmul } from "./kernels.js";

function loops(a: ArrayLike<number>, b: ArrayLike<number>, m: number, k: number, n: number): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += (a[Math.floor(at / n) * k + i] ?? 0) * (b[i * n + (at % n)] ?? 0);
    return sum;
  });
}

const size = fc.integer({ min: 1, max: 40 });
const number = fc.double({ min: -10, max: 10, noNaN: true });

describe("matmul", () => {
  it("agrees with plain loops", async () => {
    const shaped = fc
      .tuple(size, size, size)
      .chain(([m, k, n]) =>
        fc.tuple(
          fc.constant([m, k, n] as const),
          fc.array(number, { minLength: m * k, maxLength: m * k }),
          fc.array(number, { minLength: k * n, maxLength: k * n }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(shaped, async ([[m, k, n], a, b]) => {
        const exact = loops(a, b, m, k, n);
        const doubles = await matmul(Float64Array.from(a), [m, k], Float64Array.from(b), [k, n]);
        const floats = await matmul(Float32Array.from(a), [m, k], Float32Array.from(b), [k, n]);
        expect(doubles).toBeInstanceOf(Float64Array);
        expect(floats).toBeInstanceOf(Float32Array);
        // Each sum has k terms of at most 100; a few rounding errors each.
        for (const [i, value] of exact.entries()) {
          expect(Math.abs((doubles[i] ?? Number.NaN) - value)).toBeLessThan(k * 100 * 2 ** -50);
          expect(Math.abs((floats[i] ?? Number.NaN) - value)).toBeLessThan(k * 100 * 2 ** -21);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("multiplies empty matrices", async () => {
    expect(await matmul(new Float64Array(0), [0, 3], new Float64Array(6), [3, 2])).toHaveLength(0);
    expect(await matmul(new Float64Array(0), [2, 0], new Float64Array(0), [0, 2])).toEqual(
      new Float64Array(4),
    );
  });

  it("refuses shapes that do not agree", async () => {
    const wrong = [
      matmul(new Float64Array(6), [2, 3], new Float64Array(4), [2, 2]),
      matmul(new Float64Array(5), [2, 3], new Float64Array(6), [3, 2]),
      matmul(new Float64Array(6), [2, 3], new Float64Array(5), [3, 2]),
    ];
    for (const product of wrong) await expect(product).rejects.toMatchObject({ code: "INPUT_SHAPE" });
  });
});
