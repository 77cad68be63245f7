import { buildModel } from "@indicia/onnx/build";
import { thrownCode } from "@indicia/testkit/thrown-code";
import type { Tensor } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import { openStepSession } from "./step-session.js";

/** sum' = sum + x; twice = 2 sum'. */
const COUNTER = buildModel({
  inputs: [
    { name: "sum", type: "float32", dims: [2] },
    { name: "x", type: "float32", dims: [2] },
  ],
  outputs: [
    { name: "next", type: "float32", dims: [2] },
    { name: "twice", type: "float32", dims: [2] },
  ],
  nodes: [
    { op: "Add", inputs: ["sum", "x"], outputs: ["next"] },
    { op: "Add", inputs: ["next", "next"], outputs: ["twice"] },
  ],
});

function pair(a: number, b: number): Tensor {
  return { type: "float32", dims: [2], data: Float32Array.of(a, b) };
}

const carried = new Map([["sum", "next"]]);

describe("a step session", () => {
  it("hands every step what the one before left, and leaves the first value alone", async () => {
    const first = pair(1, 2);
    const session = await openStepSession(COUNTER, { carried, state: new Map([["sum", first]]) });
    expect(session.inputs).toEqual(["sum", "x"]);
    for (let i = 1; i <= 5; i++) {
      const { twice, ...others } = await session.step({ x: pair(1, 10) });
      expect(twice?.data).toEqual(Float32Array.of(2 * (1 + i), 2 * (2 + 10 * i)));
      expect(others).toEqual({});
    }
    const kept = session.state();
    expect(kept.get("sum")).toEqual(pair(6, 52));
    await session.step({ x: pair(1, 1) });
    expect(kept.get("sum")).toEqual(pair(6, 52));
    expect(first).toEqual(pair(1, 2));
    await session.close();
    await session.close();
    expect(await thrownCode(() => session.step({ x: pair(1, 1) }))).toBe("SESSION_CLOSED");
  });

  it("leaves the arithmetic of the thread as it is", async () => {
    const session = await openStepSession(COUNTER, { carried, state: new Map([["sum", pair(0, 0)]]) });
    await session.step({ x: pair(1, 1) });
    const small = Float64Array.of(Number.MIN_VALUE, 2);
    expect((small[0] ?? 0) * (small[1] ?? 0)).toBeGreaterThan(0);
    await session.close();
  });

  it("names what is missing or does not fit", async () => {
    expect(await thrownCode(() => openStepSession(COUNTER, { carried, state: new Map() }))).toBe(
      "INPUT_MISSING",
    );
    const state = new Map([["sum", pair(0, 0)]]);
    expect(await thrownCode(() => openStepSession(Uint8Array.of(1), { carried, state }))).toBe(
      "MODEL_INVALID",
    );
    const session = await openStepSession(COUNTER, { carried, state });
    const three: Tensor = { type: "float32", dims: [3], data: new Float32Array(3) };
    expect(await thrownCode(() => session.step({ x: three }))).toBe("RUN_FAILED");
    await session.close();
  });
});
