import { halfToNumber, type Tensor, type ValueInfo } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import { chooseOutput } from "./choose-output.js";
import { fitInputs } from "./fit-inputs.js";

const floats = (...data: number[]): Tensor => ({
  type: "float32",
  dims: [data.length],
  data: Float32Array.from(data),
});
const value = (name: string, type: ValueInfo["type"], dims: ValueInfo["dims"] = null): ValueInfo => ({
  name,
  type,
  dims,
});
const inputsError: unknown = expect.objectContaining({ code: "SUSPECT_INPUTS" });

describe("fitInputs", () => {
  it("leaves probes alone where nothing is declared, or the type is the same", () => {
    const x = floats(0.5);
    expect(fitInputs({ x }, [])).toEqual({ x });
    expect(fitInputs({ x }, [value("x", null)])["x"]).toBe(x);
    expect(fitInputs({ x }, [value("x", "float32")])["x"]).toBe(x);
  });

  it("renames a lone input, and several never", () => {
    const [x, y] = [floats(1), floats(2)];
    expect(fitInputs({ x }, [value("__proto__", null)])).toEqual(Object.fromEntries([["__proto__", x]]));
    expect(Object.keys(fitInputs({ x, y }, [value("y", null), value("x", null)]))).toEqual(["y", "x"]);
    for (const names of [["x", "z"], ["x"], ["x", "y", "z"], ["toString", "x"]]) {
      expect(() =>
        fitInputs(
          { x, y },
          names.map((name) => value(name, null)),
        ),
      ).toThrow(inputsError);
    }
  });

  it.each([
    ["int64", BigInt64Array.of(0n, 1n)],
    ["uint64", BigUint64Array.of(0n, 1n)],
    ["bool", Uint8Array.of(0, 1)],
    ["int8", Int8Array.of(0, 1)],
    ["uint16", Uint16Array.of(0, 1)],
    ["uint32", Uint32Array.of(0, 1)],
    ["float64", Float64Array.of(0, 1)],
    ["float16", Uint16Array.of(0, 0x3c00)],
    ["bfloat16", Uint16Array.of(0, 0x3f80)],
  ] as const)("turns whole numbers into %s", (type, data) => {
    expect(fitInputs({ x: floats(0, 1) }, [value("x", type)])).toEqual({ x: { type, dims: [2], data } });
  });

  it("rounds floats, and nothing else", () => {
    const { x } = fitInputs({ x: floats(0.1) }, [value("x", "float16")]);
    expect(halfToNumber(Number(x?.data[0]))).toBeCloseTo(0.1, 4);
    for (const [type, number] of [
      ["int32", 0.5],
      ["uint8", 256],
      ["uint8", -1],
      ["int8", 128],
      ["bool", 2],
      ["int64", 2 ** 60],
      ["int32", Number.NaN],
      ["string", 1],
      ["complex64", 1],
    ] as const) {
      expect(() => fitInputs({ x: floats(number) }, [value("x", type)])).toThrow(inputsError);
    }
    const text: Tensor = { type: "string", dims: [1], data: ["1"] };
    expect(() => fitInputs({ x: text }, [value("x", "int32")])).toThrow(inputsError);
  });
});

describe("chooseOutput", () => {
  it.each([
    ["scores before labels", [value("a", "int64", [null]), value("b", "float32", [null, 10])], "b"],
    [
      "scores before a lone number",
      [value("a", "float32", [null, 1]), value("b", "float16", [null, 10])],
      "b",
    ],
    ["a label before a lone number", [value("a", "float32", [null]), value("b", "string", [null])], "b"],
    ["whole scores before a label", [value("a", "int64", [null]), value("b", "uint8", [null, 10])], "b"],
    ["the first of a kind", [value("a", "float32", [1, 5]), value("b", "float32", [1, 9])], "a"],
    ["scores of unknown shape", [value("a", "int32", [null]), value("b", "float64", null)], "b"],
    ["what can be read", [value("a", null, [1, 5]), value("b", "string", [1])], "b"],
    ["nothing", [], null],
    ["nothing that cannot be read", [value("a", null, [1, 5])], null],
  ])("takes %s", (_, outputs, expected) => {
    expect(chooseOutput(outputs)).toBe(expected);
  });
});
