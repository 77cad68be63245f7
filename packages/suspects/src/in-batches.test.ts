import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inBatches, rowsOf, rowsPerRequest } from "./in-batches.js";

describe("inBatches", () => {
  it("covers every row once, in order, with no more at once than allowed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(40),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
        async (rows, step, concurrency) => {
          const seen: number[] = [];
          let under = 0;
          let most = 0;
          let mostAtFirst = 0;
          await inBatches({ rows, step, concurrency, alone: () => seen.length < 10 }, async (from, to) => {
            most = Math.max(most, ++under);
            if (seen.length < 10) mostAtFirst = Math.max(mostAtFirst, under);
            expect(to - from).toBeLessThanOrEqual(step);
            for (let row = from; row < to; row++) seen.push(row);
            await Promise.resolve();
            under--;
          });
          expect(seen).toEqual(Array.from({ length: rows }, (_, i) => i));
          expect(most).toBeLessThanOrEqual(concurrency);
          expect(mostAtFirst).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it("passes an error on only when all that was begun has ended", async () => {
    const ended: number[] = [];
    const run = inBatches({ rows: 10, step: 1, concurrency: 2, alone: () => false }, async (from) => {
      await sleep(from === 2 ? 5 : 20);
      if (from === 2) throw new RangeError("broken");
      ended.push(from);
    });
    await expect(run).rejects.toThrow("broken");
    expect(ended).toEqual([0, 1, 3]);
  });
});

describe("rowsPerRequest", () => {
  it("keeps requests with large rows small", () => {
    const images = { x: { type: "float32" as const, dims: [64, 3, 224, 224], data: new Float32Array(0) } };
    expect(rowsPerRequest(16, images, 64)).toBe(3);
    expect(rowsPerRequest(1, images, 64)).toBe(1);
    const tokens = { x: { type: "int32" as const, dims: [64, 100], data: new Int32Array(0) } };
    expect(rowsPerRequest(16, tokens, 64)).toBe(16);
  });

  it("gives every batch the scalars", () => {
    const scalar = { type: "int64" as const, dims: [], data: BigInt64Array.of(16_000n) };
    const x = { type: "int8" as const, dims: [4, 2], data: Int8Array.from([1, 2, 3, 4, 5, 6, 7, 8]) };
    expect(rowsOf({ rate: scalar, x }, 1, 3)).toEqual({
      rate: scalar,
      x: { type: "int8", dims: [2, 2], data: Int8Array.from([3, 4, 5, 6]) },
    });
  });
});
