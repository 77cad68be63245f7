import type { Tensor } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import { fillTemplate, hasPlaceholder } from "./json-template.js";

const inputs: Record<string, Tensor> = {
  x: { type: "float32", dims: [2, 2, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
  id: { type: "int64", dims: [2], data: BigInt64Array.of(2n ** 60n, -1n) },
  rate: { type: "int32", dims: [], data: Int32Array.of(16_000) },
  flag: { type: "bool", dims: [2, 1], data: Uint8Array.of(1, 0) },
  word: { type: "string", dims: [2], data: ["a", "b"] },
};

describe("fillTemplate", () => {
  it.each<[unknown, unknown]>([
    [
      { $rows: "x" },
      [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [5, 6],
          [7, 8],
        ],
      ],
    ],
    [
      { $row: "x" },
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [{ $rows: "id" }, [2n ** 60n, -1n]],
    [{ $row: "id" }, 2n ** 60n],
    [{ $rows: "rate" }, 16_000],
    [{ $row: "rate" }, 16_000],
    [{ $rows: "flag" }, [[true], [false]]],
    [{ $each: { $row: "word" } }, ["a", "b"]],
    [
      { $each: { values: { $row: "id" }, rate: { $row: "rate" }, all: { $rows: "word" }, fixed: null } },
      [
        { values: 2n ** 60n, rate: 16_000, all: ["a", "b"], fixed: null },
        { values: -1n, rate: 16_000, all: ["a", "b"], fixed: null },
      ],
    ],
    [
      ["$rows", { $rows: "word" }, 1.5, true],
      ["$rows", ["a", "b"], 1.5, true],
    ],
    [
      { $rows: "word", beside: 1 },
      { $rows: "word", beside: 1 },
    ],
    [{ $rows: 3 }, { $rows: 3 }],
    [{ deep: { $rows: "word" } }, { deep: ["a", "b"] }],
  ])("case %#", (template, expected) => {
    const before = structuredClone(template);
    expect(fillTemplate(template, inputs)).toEqual(expected);
    expect(template).toEqual(before);
  });

  it("keeps members whose names are those of prototypes, as members", () => {
    const template: unknown = JSON.parse('{"__proto__": {"polluted": {"$rows": "word"}}}');
    const filled = fillTemplate(template, inputs);
    expect(Object.entries(filled as object)).toEqual([["__proto__", { polluted: ["a", "b"] }]]);
    expect({}).not.toHaveProperty("polluted");
  });

  it.each(["y", "toString", "__proto__", ""])("has no input %j", (name) => {
    expect(() => fillTemplate({ a: [{ $rows: name }] }, inputs)).toThrow(
      expect.objectContaining({ code: "SUSPECT_INPUTS" }),
    );
  });

  it("has no JSON for numbers that are none", () => {
    const x: Tensor = { type: "float32", dims: [1], data: Float32Array.of(Number.NaN) };
    expect(() => fillTemplate({ $rows: "x" }, { x })).toThrow(
      expect.objectContaining({ code: "SUSPECT_INPUTS" }),
    );
  });
});

describe("hasPlaceholder", () => {
  it.each<[unknown, boolean]>([
    [{ $rows: "x" }, true],
    [[{ a: [{ $row: "x" }] }], true],
    [{ $each: [{ $row: "x" }] }, true],
    [{ $each: {} }, false],
    [{ $rows: 1 }, false],
    [{ a: "$rows" }, false],
    [null, false],
    ["$rows", false],
    [3, false],
  ])("%j: %s", (template, expected) => {
    expect(hasPlaceholder(template)).toBe(expected);
  });
});
