import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import { checkFeeds } from "./check-feeds.js";

const x: ValueInfo = { name: "x", type: "float32", dims: ["N", 2] };
const good: Tensor = { type: "float32", dims: [3, 2], data: new Float32Array(6) };

function refusal(
  feeds: Record<string, Tensor>,
  inputs: readonly ValueInfo[] = [x],
): { code: unknown; message: string } | null {
  try {
    checkFeeds(inputs, feeds);
    return null;
  } catch (error) {
    const { code, message } = error as { code: unknown; message: string };
    return { code, message };
  }
}

describe("checkFeeds", () => {
  it("accepts what the model declares", () => {
    expect(refusal({ x: good })).toBeNull();
    expect(refusal({ x: good }, [{ name: "x", type: null, dims: null }])).toBeNull();
  });

  it.each([
    ["a missing input", {}, "INPUT_MISSING", /"x"/],
    ["an unknown input", { x: good, extra: good }, "INPUT_UNKNOWN", /"extra"/],
    [
      "another type",
      { x: { ...good, type: "float64", data: new Float64Array(6) } },
      "INPUT_TYPE",
      /takes float32, the value is float64/,
    ],
    [
      "another number of axes",
      { x: { ...good, dims: [6] } },
      "INPUT_SHAPE",
      /takes \[N, 2\], the value is \[6\]/,
    ],
    [
      "another size",
      { x: { ...good, dims: [2, 3] } },
      "INPUT_SHAPE",
      /takes \[N, 2\], the value is \[2, 3\]/,
    ],
    [
      "too few elements",
      { x: { ...good, data: new Float32Array(5) } },
      "INPUT_SHAPE",
      /5 elements for shape \[3, 2\]/,
    ],
    ["a negative size", { x: { ...good, dims: [-3, -2] } }, "INPUT_SHAPE", /shape \[-3, -2\]/],
  ] as [string, Record<string, Tensor>, string, RegExp][])("refuses %s", (_, feeds, code, message) => {
    const found = refusal(feeds);
    expect(found?.code).toBe(code);
    expect(found?.message).toMatch(message);
  });

  it("holds a fixed leading axis unless rows are open", () => {
    const fixed: ValueInfo = { ...x, dims: [1, 2] };
    expect(refusal({ x: good }, [fixed])?.code).toBe("INPUT_SHAPE");
    expect(() => {
      checkFeeds([fixed], { x: good }, { anyRows: true });
    }).not.toThrow();
  });
});
