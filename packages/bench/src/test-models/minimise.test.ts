import { describe, expect, it } from "vitest";
import { minimise } from "./minimise.js";

describe("minimise", () => {
  it("finds the minimum of a badly scaled quadratic", async () => {
    const scales = [1, 10, 100, 1000];
    const at = await minimise(
      async (x) => ({
        value: scales.reduce((sum, scale, i) => sum + (scale * ((x[i] ?? 0) - i) ** 2) / 2, 0),
        gradient: Float64Array.from(scales, (scale, i) => scale * ((x[i] ?? 0) - i)),
      }),
      new Float64Array(4),
      { iterations: 60 },
    );
    for (const i of [0, 1, 2, 3]) expect(at[i]).toBeCloseTo(i, 6);
  });

  it("follows Rosenbrock's valley", async () => {
    const at = await minimise(
      async (p) => {
        const [x = 0, y = 0] = p;
        return {
          value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
          gradient: Float64Array.of(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
        };
      },
      Float64Array.of(-1.2, 1),
      { iterations: 200 },
    );
    expect(at[0]).toBeCloseTo(1, 5);
    expect(at[1]).toBeCloseTo(1, 5);
  });

  it("stays where the gradient vanishes", async () => {
    const at = await minimise(
      async () => ({ value: 1, gradient: new Float64Array(2) }),
      Float64Array.of(3, 4),
      {
        iterations: 5,
      },
    );
    expect(at).toEqual(Float64Array.of(3, 4));
  });
});
