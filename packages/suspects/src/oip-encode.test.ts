import { numberToBfloat, numberToHalf, type Tensor } from "@indicia/onnx/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { datatypeOf, elementTypeOf, rawBytes, rawValues } from "./datatypes.js";
import { encodeInfer, JSON_LENGTH } from "./oip-encode.js";
import type { EncodedRequest } from "./protocol.js";

const URL_OF = new URL("http://m.test/v2/models/m/infer");

const encode = (
  inputs: Record<string, Tensor>,
  binary = false,
  output: string | null = null,
): EncodedRequest => encodeInfer(URL_OF, inputs, { output, binary });
const text = ({ body }: EncodedRequest): string => new TextDecoder().decode(body);

describe("requests by the Open Inference Protocol", () => {
  it.each<[string, Tensor, string]>([
    ["FP32", { type: "float32", dims: [1, 2], data: Float32Array.of(0.5, -2) }, "[0.5,-2]"],
    ["FP64", { type: "float64", dims: [1], data: Float64Array.of(0.1) }, "[0.1]"],
    ["FP16", { type: "float16", dims: [1], data: Uint16Array.of(numberToHalf(1.5)) }, "[1.5]"],
    ["BF16", { type: "bfloat16", dims: [1], data: Uint16Array.of(numberToBfloat(-3)) }, "[-3]"],
    [
      "INT64",
      { type: "int64", dims: [2], data: BigInt64Array.of(2n ** 62n + 1n, -1n) },
      "[4611686018427387905,-1]",
    ],
    [
      "UINT64",
      { type: "uint64", dims: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
      "[18446744073709551615]",
    ],
    ["BOOL", { type: "bool", dims: [2], data: Uint8Array.of(1, 0) }, "[true,false]"],
    ["UINT8", { type: "uint8", dims: [2], data: Uint8Array.of(1, 255) }, "[1,255]"],
    ["BYTES", { type: "string", dims: [2], data: ['a"b', "é\n"] }, '["a\\"b","é\\n"]'],
  ])("carry %s as JSON", (datatype, tensor, data) => {
    const request = encode({ x: tensor });
    const shape = JSON.stringify(tensor.dims);
    expect(text(request)).toBe(
      `{"inputs":[{"name":"x","shape":${shape},"datatype":"${datatype}","data":${data}}]}`,
    );
    expect(request).toMatchObject({
      method: "POST",
      url: URL_OF,
      headers: { "content-type": "application/json" },
    });
  });

  it("carry tensors as bytes behind the JSON, in its order", () => {
    const request = encode(
      {
        b: { type: "int16", dims: [2], data: Int16Array.of(1, -2) },
        a: { type: "string", dims: [2], data: ["é", ""] },
      },
      true,
      "y",
    );
    const length = Number(request.headers[JSON_LENGTH]);
    const body = Buffer.from(request.body);
    expect(JSON.parse(body.toString("utf8", 0, length))).toEqual({
      inputs: [
        { name: "b", shape: [2], datatype: "INT16", parameters: { binary_data_size: 4 } },
        { name: "a", shape: [2], datatype: "BYTES", parameters: { binary_data_size: 10 } },
      ],
      outputs: [{ name: "y" }],
      parameters: { binary_data_output: true },
    });
    expect(body.subarray(length).toString("hex")).toBe("0100feff02000000c3a900000000");
    expect(request.headers["content-type"]).toBe("application/octet-stream");
  });

  it("carry only the bytes of the rows that are asked", () => {
    const whole = Float32Array.of(1, 2, 3, 4);
    const body = Buffer.from(
      encode({ x: { type: "float32", dims: [1], data: whole.subarray(2, 3) } }, true).body,
    );
    expect(body.readFloatLE(body.length - 4)).toBe(3);
    expect(body.toString()).toContain('"binary_data_size":4}');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "carry no %s as JSON",
    (value) => {
      const x: Tensor = { type: "float32", dims: [1], data: Float32Array.of(value) };
      expect(() => encode({ x })).toThrow(expect.objectContaining({ code: "SUSPECT_INPUTS" }));
      expect(() => encode({ x }, true)).not.toThrow();
    },
  );

  it.each(["complex64", "float8e4m3fn", "int4"] as const)("carry no %s", (type) => {
    const x: Tensor = { type, dims: [1], data: Uint8Array.of(0) };
    expect(() => encode({ x })).toThrow(expect.objectContaining({ code: "SUSPECT_INPUTS" }));
    expect(() => encode({ x }, true)).toThrow(expect.objectContaining({ code: "SUSPECT_INPUTS" }));
  });
});

describe("datatypes", () => {
  it("come back as the types they were made from", () => {
    for (const type of ["bool", "float16", "bfloat16", "float64", "uint32", "int8", "string"] as const) {
      expect(elementTypeOf(datatypeOf(type))).toBe(type);
    }
    for (const name of ["FP31", "", "fp32", "toString", "__proto__"]) expect(elementTypeOf(name)).toBeNull();
  });

  it("come back from bytes as they went there", () => {
    fc.assert(
      fc.property(fc.float64Array(), fc.array(fc.string({ unit: "grapheme" })), (numbers, texts) => {
        const doubles: Tensor = { type: "float64", dims: [numbers.length], data: numbers };
        expect(rawValues(rawBytes(doubles), "FP64")).toEqual(numbers);
        const names: Tensor = { type: "string", dims: [texts.length], data: texts };
        expect(rawValues(rawBytes(names), "BYTES")).toEqual(texts);
      }),
    );
  });

  it("are read from any bytes without a crash, or not at all", () => {
    const names = fc.constantFrom("BOOL", "FP16", "BF16", "INT64", "UINT64", "FP64", "BYTES", "X");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), names, (bytes, name) => {
        const values = rawValues(bytes, name);
        expect(values === null || values.length <= bytes.length).toBe(true);
      }),
    );
  });
});
