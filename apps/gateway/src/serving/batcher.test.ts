import { type Tensor, toFloat64, type ValueInfo } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import { type Batcher, type BatchingOptions, createBatcher, type Runner } from "./batcher.js";

const X: ValueInfo = { name: "x", type: "float32", dims: ["N", 2] };
const Y: ValueInfo = { name: "y", type: "float32", dims: ["N"] };

/** Runs that the test lets go one by one: y = x0 + 10 x1, and a failure for rows that hold a 13. */
function stepped(
  size = 1,
  inputs: readonly ValueInfo[] = [X],
): Runner & {
  readonly runs: number[][];
  release(): Promise<void>;
} {
  const runs: number[][] = [];
  const held: (() => void)[] = [];
  return {
    inputs,
    outputs: [Y],
    size,
    runs,
    run: async (feeds) => {
      const values = toFloat64(feeds["x"] ?? { type: "float32", dims: [0], data: new Float32Array() });
      runs.push(Array.from({ length: values.length / 2 }, (_, i) => values[2 * i] ?? 0));
      await new Promise<void>((resolve) => held.push(resolve));
      if (values.includes(13)) throw new Error("thirteen");
      const data = Float32Array.from(
        { length: values.length / 2 },
        (_, i) => (values[2 * i] ?? 0) + 10 * (values[2 * i + 1] ?? 0),
      );
      return { y: { type: "float32", dims: [data.length], data } };
    },
    release: async () => {
      while (held.length > 0) {
        held.shift()?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    close: async () => undefined,
  };
}
const rows = (...first: number[]): Record<string, Tensor> => ({
  x: {
    type: "float32",
    dims: [first.length, 2],
    data: Float32Array.from(first.flatMap((value) => [value, 1])),
  },
});
const open = (runner: Runner, more: Partial<BatchingOptions> = {}): Batcher =>
  createBatcher(runner, { maxRows: 4, maxWaitMs: 0, fixedRows: null, ...more });
const ask = async (batcher: Batcher, ...first: number[]): Promise<number[]> => {
  const { y } = await batcher.runRows(rows(...first), { outputs: ["y"] });
  return Array.from(toFloat64(y ?? { type: "float32", dims: [0], data: new Float32Array() }));
};

describe("rows of several callers", () => {
  it("are run together while the threads are busy, and each caller has his own", async () => {
    const runner = stepped();
    const batcher = open(runner);
    const asked = [ask(batcher, 1), ask(batcher, 2), ask(batcher, 3, 4), ask(batcher, 5, 6)];
    await runner.release();
    expect(await Promise.all(asked)).toEqual([[11], [12], [13, 14], [15, 16]]);
    expect(runner.runs).toEqual([[1], [2, 3, 4], [5, 6]]);
  });

  it("of one that asks for many leave room for the others", async () => {
    const runner = stepped();
    const batcher = open(runner);
    const order: string[] = [];
    const long = ask(batcher, ...Array.from({ length: 12 }, (_, i) => i)).then(() => order.push("long"));
    const short = ask(batcher, 90).then(() => order.push("short"));
    await runner.release();
    await Promise.all([long, short]);
    expect(order).toEqual(["short", "long"]);
  });

  it("wait for others as long as they are told to, and no longer", async () => {
    const runner = stepped();
    const batcher = open(runner, { maxWaitMs: 20 });
    const asked = [ask(batcher, 1), ask(batcher, 2)];
    expect(runner.runs).toEqual([]);
    await expect.poll(() => runner.runs).toEqual([[1, 2]]);
    await runner.release();
    expect(await Promise.all(asked)).toEqual([[11], [12]]);
    const full = ask(batcher, 1, 2, 3, 4);
    expect(runner.runs.at(-1)).toEqual([1, 2, 3, 4]);
    await runner.release();
    await full;
  });

  it("fail by their own rows alone", async () => {
    const runner = stepped();
    const batcher = open(runner);
    const asked = [ask(batcher, 0), ask(batcher, 1), ask(batcher, 13), ask(batcher, 2)];
    const settled = Promise.allSettled(asked);
    await runner.release();
    expect((await settled).map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
  });

  it("beyond what may wait are turned away with a time to come again", async () => {
    const runner = stepped();
    const batcher = open(runner);
    const many = new Array<number>(4096).fill(1);
    const asked = [1, 2, 3, 4].map(() => ask(batcher, ...many));
    await expect(ask(batcher, 1)).rejects.toMatchObject({ status: 503, code: "OVERLOADED", retryAfter: 1 });
    expect(batcher.waiting()).toBe(4 * 4096);
    await runner.release();
    await Promise.all(asked);
    expect(batcher.waiting()).toBe(0);
  });
});

describe("runs of a fixed size", () => {
  it.each([1, 4])("have %i rows whoever asks, and answers without the filling", async (fixedRows) => {
    const runner = stepped();
    const batcher = open(runner, { fixedRows });
    const asked = [ask(batcher, 1), ask(batcher, 2), ask(batcher, 3, 4, 5, 6, 7)];
    await runner.release();
    await runner.release();
    expect(await Promise.all(asked)).toEqual([[11], [12], [13, 14, 15, 16, 17]]);
    for (const run of runner.runs) expect(run).toHaveLength(fixedRows);
  });

  it("are the model's own where it fixes them", async () => {
    const runner = stepped(1, [{ ...X, dims: [3, 2] }]);
    const batcher = open(runner, { fixedRows: 4 });
    const asked = [ask(batcher, 1), ask(batcher, 2, 3, 4, 5)];
    await runner.release();
    await runner.release();
    expect(await Promise.all(asked)).toEqual([[11], [12, 13, 14, 15]]);
    for (const run of runner.runs) expect(run).toHaveLength(3);
  });
});

describe("a thread that ends", () => {
  it("fails the requests under way with a time to come again, and tries none of them again", async () => {
    const ended = Object.assign(new Error("a thread ended with 1"), { code: "THREAD_ENDED" });
    let runs = 0;
    const batcher = open({
      ...stepped(),
      run: async () => {
        runs++;
        await new Promise((resolve) => setImmediate(resolve));
        throw ended;
      },
    });
    const asked = await Promise.allSettled([1, 2, 3].map((row) => batcher.runRows(rows(row))));
    for (const each of asked)
      expect(each).toMatchObject({ reason: { status: 503, code: "MODEL_INTERRUPTED", retryAfter: 2 } });
    // The first by itself, the two that waited for it together.
    expect(runs).toBe(2);
  });

  it("makes readiness fail where none is left, or it ends again and again", () => {
    let health = { alive: 1, deaths: 0 };
    const batcher = open({ ...stepped(), health: () => health });
    const ready = (alive: number, deaths: number): boolean => {
      health = { alive, deaths };
      return batcher.ready();
    };
    expect([ready(2, 0), ready(1, 2), ready(0, 1), ready(2, 3)]).toEqual([true, true, false, false]);
  });
});
