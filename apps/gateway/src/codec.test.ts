import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BadRequest } from "./bad-request.js";
import { DATATYPES, type Datatype } from "./datatypes.js";
import { decodeRequest, MAX_ROWS } from "./decode-request.js";
import { encodeResponse } from "./encode-response.js";

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Tensors of any datatype and shape, as many rows each. */
function tensors(json: boolean): fc.Arbitrary<Record<string, Tensor>> {
  const one = (rows: number): fc.Arbitrary<Tensor> =>
    fc
      .record({
        datatype: fc.constantFrom(...DATATYPES),
        rest: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
      })
      .chain(({ datatype, rest }) => {
        const dims = [rows, ...rest];
        const count = dims.reduce((product, dim) => product * dim, 1);
        return data(datatype, count, json).map((values) => ({ type: datatype.type, dims, data: values }));
      });
  return fc.integer({ min: 1, max: 4 }).chain((rows) =>
    fc.dictionary(fc.string({ maxLength: 8 }), one(rows), {
      minKeys: 1,
      maxKeys: 4,
      noNullPrototype: true,
    }),
  );
}

function data({ type }: Datatype, count: number, json: boolean): fc.Arbitrary<Tensor["data"]> {
  const size = { minLength: count, maxLength: count };
  const finite = json ? { noNaN: true, noDefaultInfinity: true } : {};
  // JSON writes -0 as 0.
  const unsigned = <T extends Float32Array | Float64Array>(values: T): T =>
    json ? (values.map((value) => value + 0) as T) : values;
  switch (type) {
    case "float16":
      // Bit patterns; those that JSON cannot carry, or that are not the only one of their number, are left out.
      return fc.uint16Array(json ? { ...size, max: 0x7bff } : size);
    case "float32":
      return fc.float32Array({ ...size, ...finite }).map(unsigned);
    case "float64":
      return fc.float64Array({ ...size, ...finite }).map(unsigned);
    case "bool":
      return fc.uint8Array({ ...size, max: 1 });
    case "uint8":
      return fc.uint8Array(size);
    case "int8":
      return fc.int8Array(size);
    case "uint16":
      return fc.uint16Array(size);
    case "int16":
      return fc.int16Array(size);
    case "uint32":
      return fc.uint32Array(size);
    case "int32":
      return fc.int32Array(size);
    case "int64":
      return fc.bigInt64Array(json ? { ...size, min: -MAX_SAFE, max: MAX_SAFE } : size);
    case "uint64":
      return fc.bigUint64Array(json ? { ...size, max: MAX_SAFE } : size);
    default:
      throw new Error(`no numbers of type ${type}`);
  }
}

function declared(given: Readonly<Record<string, Tensor>>): ValueInfo[] {
  return Object.entries(given).map(([name, { type, dims }]) => ({
    name,
    type,
    dims: ["N", ...dims.slice(1)],
  }));
}

/** What was encoded as the outputs of a response, sent back as the inputs of a request. */
function echoed(given: Readonly<Record<string, Tensor>>, binary: boolean): Record<string, Tensor> {
  const { body, jsonLength } = encodeResponse({ model: "m", id: "a", outputs: given, binary });
  const length = jsonLength ?? body.length;
  const { outputs } = JSON.parse(Buffer.from(body.subarray(0, length)).toString()) as { outputs: unknown };
  const json = Buffer.from(JSON.stringify({ inputs: outputs }));
  const request = Buffer.concat([json, body.subarray(length)]);
  return decodeRequest(request, json.length, declared(given)).feeds;
}

describe("tensors come through encoding and decoding", () => {
  it.each([
    ["as JSON", false],
    ["as bytes", true],
  ])("%s", (_, binary) => {
    fc.assert(
      fc.property(tensors(!binary), (given) => {
        expect(echoed(given, binary)).toEqual(given);
      }),
    );
  });
});

describe("a response", () => {
  const outputs = { p: { type: "float32", dims: [1, 2], data: Float32Array.of(Number.NaN, 1) } } as const;

  it("names model and request, and writes NaN as null", () => {
    const { body, jsonLength } = encodeResponse({ model: "m", id: "a", outputs, binary: false });
    expect(jsonLength).toBeNull();
    expect(JSON.parse(Buffer.from(body).toString())).toEqual({
      model_name: "m",
      id: "a",
      outputs: [{ name: "p", shape: [1, 2], datatype: "FP32", data: [null, 1] }],
    });
  });

  it("has no id where none was asked for, and only the part of the memory that is the tensor's", () => {
    const whole = Float32Array.of(9, 1, 2, 9);
    const part = { type: "float32", dims: [1, 2], data: whole.subarray(1, 3) } as const;
    const { body, jsonLength } = encodeResponse({ model: "m", id: null, outputs: { p: part }, binary: true });
    expect(JSON.parse(Buffer.from(body.subarray(0, jsonLength ?? 0)).toString())).not.toHaveProperty("id");
    expect(new Float32Array(Uint8Array.from(body.subarray(jsonLength ?? 0)).buffer)).toEqual(
      Float32Array.of(1, 2),
    );
  });
});

describe("a request", () => {
  const inputs: ValueInfo[] = [
    { name: "a", type: "float32", dims: ["N", 1] },
    { name: "b", type: "int64", dims: ["N"] },
  ];
  const a = { name: "a", shape: [2, 1], datatype: "FP32", data: [1, 2] };
  const b = { name: "b", shape: [2], datatype: "INT64", data: [3, 4] };
  const decode = (request: unknown): ReturnType<typeof decodeRequest> => {
    const body = Buffer.from(JSON.stringify(request));
    return decodeRequest(body, body.length, inputs);
  };
  const rows = (count: number): object[] => [
    { ...a, shape: [count, 1], data: Array.from({ length: count }, () => 0) },
    { ...b, shape: [count], data: Array.from({ length: count }, () => 0) },
  ];

  it("says what is wanted", () => {
    expect(decode({ inputs: [b, a] })).toMatchObject({ id: null, rows: 2, outputs: null, binary: false });
    expect(decode({ id: "x", inputs: [a, b], outputs: [{ name: "z" }] })).toMatchObject({
      id: "x",
      outputs: ["z"],
    });
    expect(decode({ inputs: [a, b], parameters: { binary_data_output: true } }).binary).toBe(true);
  });

  it.each([
    ["a missing input", { inputs: [a] }, 400],
    ["unequal rows", { inputs: [a, { ...b, shape: [1], data: [3] }] }, 400],
    ["a negative size", { inputs: [{ ...a, shape: [-2, 1] }, b] }, 400],
    ["too many axes", { inputs: [{ ...a, shape: Array.from({ length: 17 }, () => 1) }, b] }, 400],
    ["too many rows", { inputs: rows(MAX_ROWS + 1) }, 413],
  ])("refuses %s", (_, request, status) => {
    expect(() => decode(request)).toThrow(expect.objectContaining({ name: "BadRequest", status }));
  });

  it("takes as many rows as it says", () => {
    expect(decode({ inputs: rows(MAX_ROWS) }).rows).toBe(MAX_ROWS);
  });

  it("of any bytes is read or refused", () => {
    const size = fc.oneof(
      fc.integer({ min: -2, max: 40 }),
      fc.double(),
      fc.constantFrom(null, "8", [], true),
    );
    const binary = { binary_data_size: size };
    const part = fc.record({
      name: fc.constantFrom("a", "b"),
      shape: fc.constantFrom([2, 1], [2], [0], [1e9]),
      datatype: fc.constantFrom("FP32", "INT64"),
      parameters: fc.record(binary),
    });
    const json = fc
      .record({ inputs: fc.array(part, { maxLength: 3 }) })
      .map((value) => JSON.stringify(value));
    const head = fc.oneof(json, fc.string());
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 40 }), fc.option(fc.integer()), (text, tail, length) => {
        const front = Buffer.from(text);
        try {
          const { feeds } = decodeRequest(Buffer.concat([front, tail]), length ?? front.length, inputs);
          expect(Object.keys(feeds).toSorted()).toEqual(["a", "b"]);
        } catch (error) {
          if (!(error instanceof BadRequest)) throw error;
        }
      }),
    );
  });
});
