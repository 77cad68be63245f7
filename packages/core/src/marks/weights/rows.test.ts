import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addMoments, emptyMoments, rowLayout, rowScales, walkRows } from "./rows.js";

const shape = fc
  .record({ dims: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }), axis: fc.nat(3) })
  .filter(({ dims, axis }) => axis < dims.length);

describe("walkRows", () => {
  it("names the row of every weight of any range", () => {
    fc.assert(
      fc.property(shape, fc.nat(200), fc.nat(200), ({ dims, axis }, a, b) => {
        const total = dims.reduce((product, dim) => product * dim, 1);
        const [start, end] = [Math.min(a, b) % total, (Math.max(a, b) % total) + 1].sort((x, y) => x - y) as [
          number,
          number,
        ];
        const rows = Array.from({ length: end - start }, () => -1);
        walkRows(rowLayout(dims, axis), start, end - start, (from, to, row, step) => {
          for (let i = from, r = row; i < to; i++, r += step) rows[i] = r;
        });
        expect(rows).toEqual(rows.map((_, i) => coordinate(start + i, dims, axis)));
      }),
    );
  });
});

/** Coordinate of a linear index along one axis, storage order being row-major. */
function coordinate(index: number, dims: readonly number[], axis: number): number {
  let rest = index;
  for (let i = dims.length - 1; i > axis; i--) rest = Math.floor(rest / (dims[i] ?? 1));
  return rest % (dims[axis] ?? 1);
}

describe("rowScales", () => {
  it("gives mean and deviation of every row, whatever pieces the tensor came in", () => {
    const values = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i) + (i % 3) * 10);
    const layout = rowLayout([20, 3], 1);
    const moments = emptyMoments(3);
    for (const [from, to] of [
      [0, 7],
      [7, 8],
      [8, 60],
    ] as const)
      addMoments(moments, layout, from, values.subarray(from, to));
    const { means, deviations } = rowScales(moments, 20);
    for (const row of [0, 1, 2]) {
      const own = values.filter((_, i) => i % 3 === row);
      const mean = own.reduce((sum, value) => sum + value, 0) / 20;
      expect(means[row]).toBeCloseTo(mean, 9);
      expect(deviations[row]).toBeCloseTo(
        Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 20),
        6,
      );
    }
  });

  it("lends single weights the spread of their tensor", () => {
    const moments = emptyMoments(4);
    addMoments(moments, rowLayout([4, 1], 0), 0, Float32Array.of(1, -1, 1, -1));
    expect([...rowScales(moments, 1).deviations]).toEqual([1, 1, 1, 1]);
  });

  it("gives constant and broken rows no spread, and leaves the others alone", () => {
    const moments = emptyMoments(3);
    const values = Float32Array.from(
      { length: 60 },
      (_, i) => [0.1, i === 5 * 3 + 1 ? Number.NaN : i, (i / 3) % 2 < 1 ? 1 : -1][i % 3] ?? 0,
    );
    addMoments(moments, rowLayout([20, 3], 1), 0, values);
    expect([...rowScales(moments, 20).deviations]).toEqual([0, 0, 1]);
  });
});
