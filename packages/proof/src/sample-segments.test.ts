import { checkSegments, segmentWeights } from "./weight-segments.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PlannedSize, sampleSegments } from "./sample-segments.js";

const planned = (sizes: readonly number[]): PlannedSize[] =>
  sizes.map((size, i) => ({
    label: `t${i}`,
    tensors: [`t${i}`],
    dims: [size, 2],
    rowAxis: 0,
    rows: size,
    columns: 2,
    sha256: "0".repeat(64),
  }));

describe("sampleSegments", () => {
  it("takes all of a small plan", () => {
    expect(sampleSegments(planned([600, 512]))).toEqual([
      { label: "t0", start: 0, count: 1200 },
      { label: "t1", start: 0, count: 1024 },
    ]);
  });

  it("never leaves the tensors, overlaps, or takes too many, and reaches every large tensor", () => {
    const sizes = fc.array(fc.integer({ min: 512, max: 60_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 8192, max: 200_000 }), (list, most) => {
        const plan = planned(list);
        const segments = sampleSegments(plan, most);
        checkSegments(segments);
        const total = plan.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
        const taken = segmentWeights(segments);
        expect(taken).toBeLessThanOrEqual(most);
        expect(taken).toBeGreaterThanOrEqual(Math.min(total, most - 4095));
        for (const { label, rows, columns } of plan) {
          const own = segments.filter((segment) => segment.label === label);
          for (const { start, count } of own) expect(start + count).toBeLessThanOrEqual(rows * columns);
          const large = rows * columns > (2 * 4096 * total) / most + 4096;
          expect(own.length).toBeGreaterThanOrEqual(large ? 1 : 0);
        }
      }),
    );
  });

  it("depends on nothing but the plan", () => {
    const plan = planned([3_000_000, 40_000, 700_000]);
    expect(sampleSegments(plan)).toEqual(sampleSegments(plan.map((each) => ({ ...each }))));
    expect(segmentWeights(sampleSegments(plan))).toBe(3_997_696);
  });
});
