import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import { conform } from "./conform.js";

const image: ValueInfo = { name: "image", type: "float32", dims: ["N", 2, 2] };
const mask: ValueInfo = { name: "mask", type: "bool", dims: [null, 3] };

function floats(dims: readonly number[]): Tensor {
  return { type: "float32", dims, data: new Float32Array(dims.reduce((a, b) => a * b, 1)).map((_, i) => i) };
}

function refusal(
  arrays: Record<string, Tensor>,
  inputs: readonly ValueInfo[],
): { code: unknown; message: string } {
  try {
    conform(arrays, inputs);
  } catch (error) {
    const { code, message } = error as { code: unknown; message: string };
    return { code, message };
  }
  return { code: "fits", message: "" };
}

describe("conform", () => {
  it("gives the only array to the only input, whatever it is called", () => {
    const fitted = conform({ anything: floats([3, 2, 2]) }, [image]);
    expect(fitted).toEqual({ rows: 3, tensors: { image: floats([3, 2, 2]) }, notes: [] });
  });

  it("matches names, and says what it left out", () => {
    const flags: Tensor = { type: "bool", dims: [1, 3], data: Uint8Array.of(0, 1, 1) };
    const fitted = conform({ labels: floats([1]), mask: flags, image: floats([1, 2, 2]) }, [image, mask]);
    expect(Object.keys(fitted.tensors)).toEqual(["image", "mask"]);
    expect(fitted.notes).toEqual(['"labels" is no input of the model: left out']);
  });

  it("converts types and says so", () => {
    const fitted = conform({ image: { type: "uint8", dims: [1, 2, 2], data: Uint8Array.of(0, 1, 2, 3) } }, [
      image,
    ]);
    expect(fitted.tensors["image"]).toEqual(floats([1, 2, 2]));
    expect(fitted.notes).toEqual(['input "image": uint8 converted to float32']);
  });

  it("keeps the first rows where a limit is given", () => {
    expect(conform({ image: floats([5, 2, 2]) }, [image], { limit: 2 }).tensors["image"]).toEqual(
      floats([2, 2, 2]),
    );
    expect(conform({ image: floats([5, 2, 2]) }, [image], { limit: 9 }).rows).toBe(5);
  });

  it("takes any number of rows where the model fixes a batch of one", () => {
    expect(conform({ image: floats([5, 2, 2]) }, [{ ...image, dims: [1, 2, 2] }]).rows).toBe(5);
  });

  it("keeps inputs without axes apart from the rows", () => {
    const rate: ValueInfo = { name: "rate", type: "int64", dims: [] };
    const value: Tensor = { type: "int64", dims: [1], data: BigInt64Array.of(16_000n) };
    const fitted = conform({ image: floats([4, 2, 2]), rate: value }, [image, rate]);
    expect(fitted.rows).toBe(4);
    expect(fitted.tensors["rate"]?.dims).toEqual([]);
  });

  it("folds the rows of a table into the declared shape", () => {
    const table: Tensor = {
      type: "float64",
      dims: [2, 4],
      data: Float64Array.from({ length: 8 }, (_, i) => i),
    };
    expect(conform({ table }, [image], { flat: true }).tensors["image"]).toEqual(floats([2, 2, 2]));
    const column: Tensor = { type: "float64", dims: [2, 1], data: Float64Array.of(1, 2) };
    const plain: ValueInfo = { name: "age", type: "float32", dims: ["N"] };
    expect(conform({ column }, [plain], { flat: true }).tensors["age"]?.dims).toEqual([2]);
  });

  it.each([
    [
      "no array of that name",
      { a: floats([1, 2, 2]), b: floats([1, 3]) },
      "INPUT_MISSING",
      /no data for input "image"; the data have "a", "b"/,
    ],
    [
      "another number of axes",
      { image: floats([1, 4]) },
      "INPUT_SHAPE",
      /"image" takes \[rows, 2, 2\], the data are \[1, 4\]/,
    ],
    ["another size", { image: floats([1, 2, 3]) }, "INPUT_SHAPE", /\[rows, 2, 2\], the data are \[1, 2, 3\]/],
    ["no rows", { image: floats([0, 2, 2]) }, "DATA_EMPTY", /"image" has no rows/],
    [
      "text",
      { image: { type: "string", dims: [1, 2, 2], data: ["", "", "", ""] } as const },
      "INPUT_TYPE",
      /takes float32, the data are string/,
    ],
    [
      "NaN",
      { image: { ...floats([1, 2, 2]), data: Float32Array.of(0, 1, Number.NaN, 3) } },
      "DATA_NOT_FINITE",
      /position 2/,
    ],
  ])("refuses %s", (_, arrays, code, message) => {
    const found = refusal(arrays, [image]);
    expect(found.code).toBe(code);
    expect(found.message).toMatch(message);
  });

  it("refuses inputs of different numbers of rows", () => {
    const flags: Tensor = { type: "bool", dims: [2, 3], data: new Uint8Array(6) };
    const found = refusal({ image: floats([3, 2, 2]), mask: flags }, [image, mask]);
    expect(found.code).toBe("INPUT_ROWS");
    expect(found.message).toBe('input "mask" has 2 rows where another input has 3');
  });
});
