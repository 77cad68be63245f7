import type { ValueInfo } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import { drawRandom } from "./random.js";

const image: ValueInfo = { name: "image", type: "float32", dims: ["N", 1, 4, 4] };
const tokens: ValueInfo = { name: "tokens", type: "int32", dims: [null, 8] };

describe("drawRandom", () => {
  it("fills declared shapes, the leading axis being the rows", () => {
    const { image: drawn, tokens: drawnTokens } = drawRandom(5, [image, tokens]);
    expect(drawn?.dims).toEqual([5, 1, 4, 4]);
    expect(drawn?.data).toBeInstanceOf(Float32Array);
    expect(drawnTokens?.dims).toEqual([5, 8]);
    expect(Array.from(drawnTokens?.data ?? [], Number).every((token) => token >= 0 && token < 256)).toBe(
      true,
    );
  });

  it("treats a batch that the model fixes as rows too", () => {
    const fixed = drawRandom(3, [{ ...image, dims: [1, 1, 4, 4] }]);
    expect(fixed["image"]?.dims).toEqual([3, 1, 4, 4]);
  });

  it("draws an input without axes once", () => {
    const drawn = drawRandom(3, [image, { name: "rate", type: "int64", dims: [] }]);
    expect(drawn["rate"]?.dims).toEqual([]);
    expect(drawn["rate"]?.data).toHaveLength(1);
  });

  it("repeats itself for a seed, input by input", () => {
    expect(drawRandom(4, [image], { seed: 3 })).toEqual(drawRandom(4, [image], { seed: 3 }));
    expect(drawRandom(4, [image], { seed: 3 })).not.toEqual(drawRandom(4, [image], { seed: 4 }));
    expect(drawRandom(4, [tokens, image])["image"]).toEqual(drawRandom(4, [image])["image"]);
  });

  it.each([
    "float64",
    "float16",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "uint32",
    "int64",
    "uint64",
    "bool",
  ] as const)("draws %s", (type) => {
    const drawn = drawRandom(2, [{ name: "x", type, dims: ["N", 50] }])["x"];
    expect(drawn?.type).toBe(type);
    expect(new Set<unknown>(Array.from<unknown>(drawn?.data ?? [])).size).toBeGreaterThan(1);
  });

  it.each([
    ["no rows", 0, image],
    ["a fraction", 1.5, image],
    ["too many rows", 2_000_000, image],
    ["a symbolic axis", 2, { ...image, dims: ["N", "T"] }],
    ["an unknown axis", 2, { ...image, dims: ["N", null] }],
    ["no shape", 2, { ...image, dims: null }],
    ["text", 2, { ...image, type: "string" }],
    ["too many numbers", 1000, { ...image, dims: ["N", 1000, 1000] }],
  ] as [string, number, ValueInfo][])("refuses %s", (_, rows, input) => {
    expect(() => drawRandom(rows, [input])).toThrow(expect.objectContaining({ code: "RANDOM_INVALID" }));
  });
});
