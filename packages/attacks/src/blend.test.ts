import { toFloat64 } from "@indicia/onnx/tensor";
import { generatedConvNet, generatedMlp } from "@indicia/testkit/generated-models";
import { describe, expect, it } from "vitest";
import { between, blend } from "./blend.js";
import { decode } from "./decode.js";

const [FIRST, SECOND] = [generatedConvNet({ seed: 1 }), generatedConvNet({ seed: 2 })];

/** All stored floats, one after another. */
function numbers(bytes: Uint8Array): number[] {
  return [...decode(bytes).initializers.values()].flatMap((tensor) =>
    tensor.type === "float32" ? [...toFloat64(tensor)] : [],
  );
}

describe("blending", () => {
  it("takes each number from both models", () => {
    const [a, b] = [numbers(FIRST), numbers(SECOND)];
    const mixed = numbers(blend(FIRST, { independent: [SECOND], own: 0.25 }));
    expect(mixed.length).toBe(a.length);
    for (const [at, value] of mixed.entries())
      expect(value).toBeCloseTo(0.25 * (a[at] ?? 0) + 0.75 * (b[at] ?? 0), 5);
  });

  it("goes all the way, or none of it", () => {
    expect(numbers(between(FIRST, SECOND, 0))).toEqual(numbers(FIRST));
    expect(numbers(between(FIRST, SECOND, 1))).toEqual(numbers(SECOND));
  });

  it("refuses models of another structure, and none", () => {
    const other = generatedMlp({ widths: [12, 8, 3] });
    const run = (independent: readonly Uint8Array[]) => () => blend(FIRST, { independent, own: 0.5 });
    expect(run([other])).toThrow(expect.objectContaining({ code: "MODELS_DIFFER" }));
    expect(run([])).toThrow(expect.objectContaining({ code: "ATTACK_OPTION" }));
  });
});
