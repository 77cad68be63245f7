import { type Tensor, toFloat64, type ValueInfo } from "@indicia/onnx/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Run, runRows } from "./run-rows.js";

function rows(count: number): Tensor {
  return { type: "float32", dims: [count, 2], data: Float32Array.from({ length: 2 * count }, (_, i) => i) };
}

function input(batch: number | string | null): ValueInfo {
  return { name: "x", type: "float32", dims: [batch, 2] };
}

/** A model that adds up each row, and keeps the sizes of the batches it was given. */
function adder(sizes: number[]): Run {
  return (feeds) => {
    const x = feeds["x"] ?? rows(0);
    const values = toFloat64(x);
    sizes.push(x.dims[0] ?? 0);
    const sums = Float32Array.from(
      { length: x.dims[0] ?? 0 },
      (_, i) => (values[2 * i] ?? 0) + (values[2 * i + 1] ?? 0),
    );
    return Promise.resolve({ sum: { type: "float32", dims: [sums.length, 1], data: sums } });
  };
}

describe("runRows", () => {
  it("gives the same answers in any batch size", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 9 }),
        async (total, batch) => {
          const sizes: number[] = [];
          const { sum } = await runRows([input("N")], adder(sizes), { x: rows(total) }, { batch });
          const expected = Float32Array.from({ length: total }, (_, i) => 4 * i + 1);
          expect(sum).toEqual({ type: "float32", dims: [total, 1], data: expected });
          expect(sizes.reduce((a, b) => a + b, 0)).toBe(total);
          expect(Math.max(...sizes)).toBeLessThanOrEqual(batch);
        },
      ),
    );
  });

  it("fills up the last batch where the model fixes its size, and cuts the answer", async () => {
    const sizes: number[] = [];
    const { sum } = await runRows([input(4)], adder(sizes), { x: rows(6) }, { batch: 32 });
    expect(sizes).toEqual([4, 4]);
    expect(sum?.data).toEqual(Float32Array.of(1, 5, 9, 13, 17, 21));
  });

  it("gives inputs without axes to every batch", async () => {
    const seen: unknown[] = [];
    const rate: Tensor = { type: "int64", dims: [], data: BigInt64Array.of(8n) };
    const run: Run = (feeds) => {
      seen.push(feeds["rate"]);
      return adder([])({ x: feeds["x"] ?? rows(0) }, undefined);
    };
    await runRows(
      [input("N"), { name: "rate", type: "int64", dims: [] }],
      run,
      { x: rows(3), rate },
      { batch: 2 },
    );
    expect(seen).toEqual([rate, rate]);
  });

  it("accepts answers without a batch axis from a model for single examples", async () => {
    const run: Run = () =>
      Promise.resolve({ y: { type: "float32", dims: [3], data: Float32Array.of(1, 2, 3) } });
    expect((await runRows([input(1)], run, { x: rows(2) }))["y"]?.dims).toEqual([2, 3]);
  });

  it("reports progress and passes the wanted outputs on", async () => {
    const progress: [number, number][] = [];
    const wanted: unknown[] = [];
    const run: Run = (feeds, outputs) => {
      wanted.push(outputs);
      return adder([])(feeds, outputs);
    };
    const onProgress = (done: number, total: number): void => {
      progress.push([done, total]);
    };
    await runRows([input("N")], run, { x: rows(5) }, { batch: 2, outputs: ["sum"], onProgress });
    expect(progress).toEqual([
      [2, 5],
      [4, 5],
      [5, 5],
    ]);
    expect(wanted).toEqual([["sum"], ["sum"], ["sum"]]);
  });

  it("stops between batches when asked to", async () => {
    const controller = new AbortController();
    const sizes: number[] = [];
    const stopped = runRows(
      [input("N")],
      adder(sizes),
      { x: rows(9) },
      {
        batch: 2,
        signal: controller.signal,
        onProgress: (done) => {
          if (done === 4) controller.abort();
        },
      },
    );
    await expect(stopped).rejects.toMatchObject({ code: "ABORTED" });
    expect(sizes).toEqual([2, 2]);
  });

  it("refuses inputs of different numbers of rows, and none", async () => {
    const two: ValueInfo[] = [input("N"), { name: "y", type: "float32", dims: ["N", 2] }];
    const uneven = runRows(two, adder([]), { x: rows(2), y: rows(3) });
    await expect(uneven).rejects.toMatchObject({ code: "INPUT_ROWS" });
    await expect(runRows([input("N")], adder([]), { x: rows(0) })).rejects.toMatchObject({
      code: "INPUT_ROWS",
    });
  });

  it("refuses a model whose fixed axes cannot all be rows", async () => {
    const state: ValueInfo = { name: "y", type: "float32", dims: [2, 2] };
    const run = runRows([input(1), state], adder([]), { x: rows(2), y: rows(2) });
    await expect(run).rejects.toMatchObject({ code: "INPUT_ROWS" });
  });

  it("refuses answers that are not one per row", async () => {
    const run: Run = () => Promise.resolve({ y: { type: "float32", dims: [3], data: new Float32Array(3) } });
    await expect(runRows([input("N")], run, { x: rows(2) })).rejects.toMatchObject({ code: "OUTPUT_ROWS" });
  });
});
