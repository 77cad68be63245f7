import type { Tensor } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import { answerDistortion } from "./distortion.js";
import { labelsOf } from "./labels.js";
import { lnRank } from "./rank.js";

function rows(...values: readonly (readonly number[])[]): Tensor {
  return {
    type: "float64",
    dims: [values.length, values[0]?.length ?? 0],
    data: Float64Array.from(values.flat()),
  };
}

describe("the distortion of answers", () => {
  it("counts labels, distance and accuracy", () => {
    const before = rows([0.6, 0.4], [0.6, 0.4], [0.2, 0.8], [0.5, 0.5]);
    const after = rows([0.4, 0.6], [0.6, 0.4], [0.6, 0.4], [0.5, 0.5]);
    const { labelsChanged, totalVariation, accuracyCost } = answerDistortion(
      before,
      after,
      Int32Array.of(0, 0, 1, 1),
    );
    expect(labelsChanged).toBe(0.5);
    expect(totalVariation).toBeCloseTo((0.2 + 0.4) / 4, 12);
    expect(accuracyCost).toBe(0.5);
  });

  it("subtracts rows and not rounded shares, so that a bound that is met exactly is met", () => {
    // 0.3 - 0.1 is 0.19999999999999998.
    const right = (count: number): Tensor =>
      rows(...Array.from({ length: 10 }, (_, i) => (i < count ? [1, 0] : [0, 1])));
    for (const [old, now] of [
      [3, 1],
      [7, 5],
      [9, 7],
    ] as const)
      expect(answerDistortion(right(old), right(now), new Int32Array(10)).accuracyCost).toBe(0.2);
  });
});

describe("labels", () => {
  it("are the largest number that was told, -1 where there was none", () => {
    const n = Number.NaN;
    expect([...labelsOf(rows([n, 0.1, 0.3], [n, n, n], [0, 0, 0]))]).toEqual([2, -1, 0]);
  });
});

describe("the rank", () => {
  it("counts ties against the claim and is never 0", () => {
    expect(lnRank(3, Float64Array.of(1, 2, 3, 4))).toBeCloseTo(Math.log(3 / 5), 12);
    expect(lnRank(9, new Float64Array(99))).toBeCloseTo(Math.log(1 / 100), 12);
  });
});
