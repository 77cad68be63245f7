import { halfToNumber, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { castTensor } from "./cast.js";

function input(type: ValueInfo["type"]): ValueInfo {
  return { name: "x", type, dims: ["N"] };
}

function tensor(type: Tensor["type"], data: Tensor["data"]): Tensor {
  return { type, dims: [data.length], data };
}

describe("castTensor", () => {
  it("leaves the right type, and undeclared types, as they are", () => {
    const x = tensor("float32", Float32Array.of(1));
    expect(castTensor(x, input("float32"))).toEqual({ tensor: x, note: null });
    expect(castTensor(x, input(null)).tensor).toBe(x);
  });

  it.each([
    [tensor("int64", BigInt64Array.of(-3n, 7n)), "int32", Int32Array.of(-3, 7), "converted"],
    [tensor("int64", BigInt64Array.of(3n, 7n)), "uint64", BigUint64Array.of(3n, 7n), "converted"],
    [tensor("uint64", BigUint64Array.of(3n, 7n)), "int64", BigInt64Array.of(3n, 7n), "converted"],
    [tensor("int64", BigInt64Array.of(3n, 7n)), "float32", Float32Array.of(3, 7), "converted"],
    [tensor("float64", Float64Array.of(0.1, 2)), "float32", Float32Array.of(0.1, 2), "rounded"],
    [tensor("float32", Float32Array.of(0.5, 2)), "float64", Float64Array.of(0.5, 2), "converted"],
    [tensor("uint8", Uint8Array.of(0, 255)), "float32", Float32Array.of(0, 255), "converted"],
    [tensor("uint8", Uint8Array.of(0, 1)), "bool", Uint8Array.of(0, 1), "converted"],
    [tensor("bool", Uint8Array.of(0, 1)), "float32", Float32Array.of(0, 1), "converted"],
    [tensor("float64", Float64Array.of(5, -6)), "int8", Int8Array.of(5, -6), "converted"],
    [tensor("float64", Float64Array.of(5, 6)), "uint16", Uint16Array.of(5, 6), "converted"],
    [tensor("float64", Float64Array.of(5, -6)), "int16", Int16Array.of(5, -6), "converted"],
    [
      tensor("float64", Float64Array.of(5, 2 ** 32 - 1)),
      "uint32",
      Uint32Array.of(5, 2 ** 32 - 1),
      "converted",
    ],
    [tensor("float64", Float64Array.of(5, -6)), "int64", BigInt64Array.of(5n, -6n), "converted"],
    [tensor("float32", Float32Array.of(1, -2)), "float16", Uint16Array.of(0x3c00, 0xc000), "rounded"],
    [tensor("float16", Uint16Array.of(0x3c00, 0xc000)), "float32", Float32Array.of(1, -2), "rounded"],
  ] as const)("converts %o to %s", (from, to, data, verb) => {
    const cast = castTensor(from, input(to));
    expect(cast.tensor).toEqual({ type: to, dims: from.dims, data });
    expect(cast.note).toContain(`${from.type} ${verb} to ${to}`);
  });

  it.each([
    ["an integer out of range", tensor("int64", BigInt64Array.of(2n ** 31n)), "int32"],
    ["a negative number", tensor("int64", BigInt64Array.of(-1n)), "uint64"],
    ["too large a number", tensor("uint64", BigUint64Array.of(2n ** 63n)), "int64"],
    ["an integer that a double cannot hold", tensor("int64", BigInt64Array.of(2n ** 53n + 1n)), "float64"],
    ["an integer that a float cannot hold", tensor("int32", Int32Array.of(2 ** 24 + 1)), "float32"],
    ["an integer that a half cannot hold", tensor("int32", Int32Array.of(2049)), "float16"],
    ["a fraction", tensor("float64", Float64Array.of(0.5)), "int32"],
    ["NaN", tensor("float64", Float64Array.of(Number.NaN)), "int64"],
    ["a double beyond the floats", tensor("float64", Float64Array.of(1e300)), "float32"],
    ["a float beyond the halves", tensor("float32", Float32Array.of(70_000)), "float16"],
    ["2 as a bool", tensor("uint8", Uint8Array.of(2)), "bool"],
    ["text", tensor("string", ["1"]), "float32"],
    ["numbers as text", tensor("float32", Float32Array.of(1)), "string"],
    ["an exotic float", tensor("float32", Float32Array.of(1)), "float8e4m3fn"],
  ] as const)("refuses %s", (_, from, to) => {
    expect(() => castTensor(from, input(to))).toThrow(
      expect.objectContaining({
        code: "INPUT_TYPE",
        message: expect.stringContaining(`input "x" takes ${to}`),
      }),
    );
  });

  it("rounds to the nearest half", () => {
    fc.assert(
      fc.property(fc.double({ min: -65_000, max: 65_000, noNaN: true }), (value) => {
        const { data } = castTensor(tensor("float64", Float64Array.of(value)), input("float16")).tensor;
        const half = halfToNumber(Number(data[0]));
        const spacing = Math.max(2 ** -24, 2 ** (Math.floor(Math.log2(Math.abs(value) || 1)) - 10));
        expect(Math.abs(half - value)).toBeLessThanOrEqual(spacing);
      }),
    );
  });
});
