import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gradientError } from "./test-support/check-gradient.js";
import { real } from "./test-support/irregular.js";

/** Two shapes that can be broadcast to each other: one shape, some axes made 1, some in front left out. */
const shapes = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.boolean()), { minLength: 0, maxLength: 4 })
  .chain((axes) =>
    fc.record({
      a: fc.constant(axes.map(([size, one]) => (one ? 1 : size))),
      b: fc
        .nat({ max: axes.length })
        .map((left) => axes.map(([size, , one]) => (one ? 1 : size)).slice(left)),
      swap: fc.boolean(),
      open: fc.constantFrom<boolean | "rank">(false, true, "rank"),
    }),
  );

describe("shapes that are broadcast", () => {
  it("get gradients of their own shape", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ a, b, swap, open }) => {
        const feeds = swap ? { a: real(b), b: real(a) } : { a: real(a), b: real(b) };
        const test = {
          name: "Mul",
          feeds,
          graph: (builder: { add: (op: string, inputs: string[]) => string }) =>
            builder.add("Mul", ["a", "b"]),
        };
        expect(await gradientError(test, open)).toBeLessThan(1);
      }),
      { numRuns: 40, seed: 11 },
    );
  });
});
