import { randomNumbers } from "@indicia/data/random-numbers";
import type { Tensor } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import { augmentedQueries } from "./augmented-queries.js";

const WIDTH = 8;
const STEP = 0.125;
const numbers = randomNumbers("augmented queries");
const seeds: Tensor = {
  type: "float32",
  dims: [20, WIDTH],
  data: Float32Array.from({ length: 20 * WIDTH }, () => numbers.uniform()),
};

/** Two classes by the first number; how many rows were asked each time. */
function victim(asked: number[]): Parameters<typeof augmentedQueries>[0]["ask"] {
  return async ({ dims, data }) => {
    const rows = dims[0] ?? 0;
    asked.push(rows);
    const values = Float32Array.from({ length: 2 * rows }, (_, at) =>
      Number(data[Math.floor(at / 2) * WIDTH] ?? 0) > 0.5 === (at % 2 === 1) ? 1 : 0,
    );
    return { rows, classes: 2, values };
  };
}

describe("augmented queries", () => {
  it("are the seeds, then each row a step from its parent, asked once", async () => {
    const asked: number[] = [];
    const run = (): Promise<Tensor> =>
      augmentedQueries({ seeds, ask: victim(asked), step: STEP, count: 50, seed: "test" });
    const { dims, data } = await run();
    expect(dims).toEqual([50, WIDTH]);
    expect(Array.from(data as Float32Array).slice(0, 20 * WIDTH)).toEqual([...(seeds.data as Float32Array)]);
    for (let row = 20; row < 50; row++) {
      const parent = row < 40 ? row - 20 : row - 40;
      for (let j = 0; j < WIDTH; j++) {
        const [from, to] = [parent, row].map((at) => Number(data[at * WIDTH + j]));
        const moved = Math.abs((to ?? 0) - (from ?? 0));
        // Nothing leaves 0 to 1, so some steps are shorter.
        expect(moved).toBeLessThanOrEqual(STEP + 1e-6);
        expect(moved > STEP - 1e-6 || to === 0 || to === 1 || moved === 0).toBe(true);
      }
    }
    // The last rows are asked by whoever uses them.
    expect(asked).toEqual([20, 20]);
    expect((await run()).data).toEqual(data);
  });
});
