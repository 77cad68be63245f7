import { decision } from "@indicia/proof/scores";
import { openSession, type Session } from "@indicia/runtime/session";
import type { Tensor } from "@indicia/onnx/tensor";
import { toFloat64 } from "@indicia/onnx/tensor";
import { tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rowSpace } from "./blend.js";
import { boundaryProbes, type BoundarySearch } from "./boundary.js";
import { below, normal, publicRandom } from "./prng.js";
import { margin, mostUncertain } from "./uncertain.js";

const CLASSES = 7;
const POOL = 120;
const model = tinyClassifier({ link: "none" });
const inputs = tinyInputs(model, POOL);
let session: Session;
let poolLogits: Float64Array;

async function logitsOf(tensors: Record<string, Tensor>): Promise<Float64Array> {
  const { [model.output]: scores } = await session.runRows(tensors, { batch: 8 });
  return scores === undefined ? new Float64Array(0) : toFloat64(scores);
}

beforeAll(async () => {
  session = await openSession(model.bytes);
  poolLogits = await logitsOf(inputs);
});
afterAll(() => session.close());

function search(label: string): BoundarySearch {
  return {
    space: rowSpace(inputs),
    poolRows: POOL,
    poolLogits,
    features: 1,
    classes: CLASSES,
    link: "softmax",
    random: publicRandom(label),
    evaluate: async (tensors, rows) => ({
      features: new Float64Array(rows),
      logits: await logitsOf(tensors),
    }),
  };
}

describe("boundary probes", () => {
  it("stand on the reference's own boundary, as running it again shows", async () => {
    const found = await boundaryProbes(search("a"), 60);
    expect(found.length).toBeGreaterThanOrEqual(60);
    const again = await logitsOf(rowSpace(inputs).tensors(found.map(({ row }) => row)));
    const typical = mostUncertain(poolLogits, POOL, CLASSES, "softmax").map((i) =>
      margin(poolLogits, i, CLASSES, "softmax"),
    );
    for (const [i, probe] of found.entries()) {
      expect(margin(again, i, CLASSES, "softmax")).toBeCloseTo(probe.margin, 4);
      expect(probe.margin).toBeLessThan((typical[POOL >> 1] ?? 0) / 50);
    }
  });

  it("depend on the public label and on nothing else", async () => {
    const rows = async (label: string): Promise<Float64Array[]> =>
      (await boundaryProbes(search(label), 10)).map(({ row }) => row);
    expect(await rows("a")).toEqual(await rows("a"));
    expect(await rows("a")).not.toEqual(await rows("b"));
  });

  it("are none where the pool has one label", async () => {
    const flat = new Float64Array(POOL * CLASSES).map((_, i) => (i % CLASSES === 2 ? 1 : 0));
    expect(await boundaryProbes({ ...search("a"), poolLogits: flat }, 10)).toEqual([]);
  });
});

describe("blends", () => {
  it("go from one row to the other, averaging real numbers and splicing whole ones", () => {
    const tokens: Tensor = { type: "int32", dims: [2, 4], data: Int32Array.of(1, 2, 3, 4, 9, 8, 7, 6) };
    const space = rowSpace({ tokens });
    expect(space.discrete).toBe(true);
    expect([...space.blend(space.row(0), space.row(1), 2)]).toEqual([9, 8, 3, 4]);
    const reals: Tensor = { type: "float32", dims: [2, 2], data: Float32Array.of(0, 0.5, 1, 1.5) };
    const smooth = rowSpace({ reals });
    expect(smooth.discrete).toBe(false);
    expect([...smooth.blend(smooth.row(0), smooth.row(1), smooth.steps / 2)]).toEqual([0.5, 1]);
    expect(smooth.tensors([smooth.row(1)])).toEqual({
      reals: { type: "float32", dims: [1, 2], data: Float32Array.of(1, 1.5) },
    });
  });

  it.each(["int8", "uint8", "int64", "float64"] as const)("come back as %s", (type) => {
    const data = {
      int8: Int8Array.of(1, 2),
      uint8: Uint8Array.of(1, 2),
      int64: BigInt64Array.of(1n, 2n),
      float64: Float64Array.of(1, 2),
    }[type];
    const x: Tensor = { type, dims: [2, 1], data };
    const space = rowSpace({ x });
    expect(space.tensors([space.row(0), space.row(1)])).toEqual({ x });
  });
});

describe("uncertainty", () => {
  it("sorts by the gap between the two best logits, and is stable", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.integer({ min: -9, max: 9 }),
            fc.integer({ min: -9, max: 9 }),
            fc.integer({ min: -9, max: 9 }),
          ),
          { minLength: 1, maxLength: 20 },
        ),
        (rows) => {
          const logits = Float64Array.from(rows.flat());
          const order = mostUncertain(logits, rows.length, 3, "softmax");
          expect(order.toSorted((a, b) => a - b)).toEqual(rows.map((_, i) => i));
          const gaps = order.map((row) => margin(logits, row, 3, "softmax"));
          for (const [i, gap] of gaps.entries()) {
            const before = gaps[i - 1] ?? -1;
            expect(before < gap || (before === gap && (order[i - 1] ?? 0) < (order[i] ?? 0))).toBe(true);
          }
        },
      ),
    );
  });

  it("takes sigmoid outputs one by one", () => {
    expect(margin(Float64Array.of(3, -0.5, 2), 0, 3, "sigmoid")).toBe(0.5);
    expect([decision(Float64Array.of(1), 0, 1), decision(Float64Array.of(-1), 0, 1)]).toEqual([1, 0]);
  });
});

describe("public random numbers", () => {
  it("are uniform, and the same for the same label", () => {
    const draw = (label: string): number[] => Array.from({ length: 20_000 }, publicRandom(label));
    const values = draw("x");
    expect(values).toEqual(draw("x"));
    expect(values.slice(0, 4)).not.toEqual(draw("y").slice(0, 4));
    const bins = new Array<number>(20).fill(0);
    for (const value of values) bins[Math.floor(20 * value)] = (bins[Math.floor(20 * value)] ?? 0) + 1;
    const chi2 = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chi2).toBeLessThan(60);
  });

  it("make normal deviates and whole numbers below a limit", () => {
    const random = publicRandom("normal");
    const values = Array.from({ length: 20_000 }, () => normal(random));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + b * b, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    const whole = new Set(Array.from({ length: 1000 }, () => below(random, 7)));
    expect([...whole].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});
