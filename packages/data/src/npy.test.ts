import type { Tensor } from "@indicia/onnx/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readNpy, writeNpy } from "./npy.js";

/** A file as numpy lays it out: signature, version, length, header, data. */
function file(header: string, data: ArrayBufferView, version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const prefix = version === 1 ? 10 : 12;
  const out = new Uint8Array(prefix + text.length + data.byteLength);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(out.buffer);
  if (version === 1) view.setUint16(8, text.length, true);
  else view.setUint32(8, text.length, true);
  out.set(text, prefix);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), prefix + text.length);
  return out;
}

function describeArray(descr: string, shape: string, fortran = "False"): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;
}

function code(bytes: Uint8Array): unknown {
  try {
    readNpy(bytes);
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return "read";
}

describe("readNpy", () => {
  it.each([1, 2, 3])("reads version %i", (version) => {
    const tensor = readNpy(file(describeArray("<f4", "(2, 2)"), Float32Array.of(1, 2, 3, 4), version));
    expect(tensor).toEqual({ type: "float32", dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
  });

  it("reads a header padded as numpy pads it", () => {
    // numpy.save of numpy.arange(3, dtype='>u2').
    const header = "{'descr': '>u2', 'fortran_order': False, 'shape': (3,), }".padEnd(117, " ");
    const bytes = file(`${header}\n`, Uint8Array.of(0, 0, 0, 1, 0, 2));
    expect(bytes.length).toBe(128 + 6);
    expect(readNpy(bytes)).toEqual({ type: "uint16", dims: [3], data: Uint16Array.of(0, 1, 2) });
  });

  it.each([
    ["|b1", Uint8Array.of(0, 1, 7), "bool", Uint8Array.of(0, 1, 1)],
    ["?", Uint8Array.of(0, 1, 1), "bool", Uint8Array.of(0, 1, 1)],
    ["|i1", Int8Array.of(-1, 0, 1), "int8", Int8Array.of(-1, 0, 1)],
    ["|u1", Uint8Array.of(0, 1, 255), "uint8", Uint8Array.of(0, 1, 255)],
    ["<i2", Int16Array.of(-300, 0, 1), "int16", Int16Array.of(-300, 0, 1)],
    ["<u4", Uint32Array.of(2 ** 31, 0, 1), "uint32", Uint32Array.of(2 ** 31, 0, 1)],
    ["<i8", BigInt64Array.of(-5n, 0n, 1n), "int64", BigInt64Array.of(-5n, 0n, 1n)],
    ["<u8", BigUint64Array.of(5n, 0n, 2n ** 63n), "uint64", BigUint64Array.of(5n, 0n, 2n ** 63n)],
    ["<f2", Uint16Array.of(0x3c00, 0, 0x8000), "float16", Uint16Array.of(0x3c00, 0, 0x8000)],
    ["<f8", Float64Array.of(Math.PI, 0, -1), "float64", Float64Array.of(Math.PI, 0, -1)],
  ])("reads %s", (descr, stored, type, data) => {
    expect(readNpy(file(describeArray(descr, "(3,)"), stored))).toEqual({ type, dims: [3], data });
  });

  it("copies out of a Buffer, and leaves it as it was", () => {
    const bytes = Buffer.concat([
      Buffer.alloc(3),
      file(describeArray(">f4", "(1,)"), Uint8Array.of(0x3f, 0x80, 0, 0)),
    ]);
    const before = Buffer.from(bytes);
    expect(readNpy(bytes.subarray(3)).data).toEqual(Float32Array.of(1));
    expect(bytes.equals(before)).toBe(true);
  });

  it("swaps big-endian doubles", () => {
    const view = new DataView(new ArrayBuffer(16));
    view.setFloat64(0, 1.5);
    view.setFloat64(8, -2);
    expect(readNpy(file(describeArray(">f8", "(2,)"), view)).data).toEqual(Float64Array.of(1.5, -2));
  });

  it("reorders Fortran order", () => {
    // numpy.asfortranarray(numpy.arange(24).reshape(2, 3, 4)).ravel(order='K')
    const stored = Int32Array.from([
      0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23,
    ]);
    const tensor = readNpy(file(describeArray("<i4", "(2, 3, 4)", "True"), stored));
    expect([...(tensor.data as Int32Array)]).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  it("reads headers with other spacing, quotes, order and Python 2 integers", () => {
    const header = `{"shape": ( 2L ,3L),  'fortran_order':False,"descr" : '<f4'}`;
    expect(readNpy(file(header, new Float32Array(6))).dims).toEqual([2, 3]);
  });

  it("reads scalars and arrays without elements", () => {
    expect(readNpy(file(describeArray("<f4", "()"), Float32Array.of(7)))).toEqual({
      type: "float32",
      dims: [],
      data: Float32Array.of(7),
    });
    expect(readNpy(file(describeArray("<f4", "(0, 5)"), new Float32Array(0))).dims).toEqual([0, 5]);
  });

  it.each([
    ["no signature", new Uint8Array(64), "NPY_INVALID"],
    ["nothing", new Uint8Array(0), "NPY_INVALID"],
    ["an unknown version", file(describeArray("<f4", "(1,)"), new Float32Array(1), 9), "NPY_INVALID"],
    ["too few data", file(describeArray("<f4", "(3,)"), new Float32Array(2)), "NPY_INVALID"],
    ["too many data", file(describeArray("<f4", "(1,)"), new Float32Array(2)), "NPY_INVALID"],
    ["code in the header", file("{'descr': __import__('os')}", new Float32Array(1)), "NPY_INVALID"],
    ["a field twice", file("{'shape': (), 'shape': (), 'descr': '<f4'}", new Float32Array(1)), "NPY_INVALID"],
    ["a missing field", file("{'shape': (), 'descr': '<f4'}", new Float32Array(1)), "NPY_INVALID"],
    ["a shape that is no tuple", file(describeArray("<f4", "(1)"), new Float32Array(1)), "NPY_INVALID"],
    ["a negative dimension", file(describeArray("<f4", "(-1,)"), new Float32Array(1)), "NPY_INVALID"],
    [
      "an impossible shape",
      file(describeArray("<f4", "(99999999, 99999999, 9)"), new Float32Array(1)),
      "NPY_INVALID",
    ],
    ["65 axes", file(describeArray("<f4", `(${"1,".repeat(65)})`), new Float32Array(1)), "NPY_INVALID"],
    ["no byte order", file(describeArray("f4", "(1,)"), new Float32Array(1)), "NPY_INVALID"],
    [
      "a huge header",
      file(describeArray("<f4", `(${"1,".repeat(6000)})`), new Float32Array(1)),
      "NPY_INVALID",
    ],
    ["complex numbers", file(describeArray("<c8", "(1,)"), new Float32Array(2)), "NPY_TYPE"],
    ["text", file(describeArray("<U3", "(1,)"), new Uint32Array(3)), "NPY_TYPE"],
    ["objects", file(describeArray("|O", "(1,)"), new Uint8Array(8)), "NPY_TYPE"],
    [
      "records",
      file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", new Float32Array(1)),
      "NPY_TYPE",
    ],
  ])("refuses %s", (_, bytes, expected) => {
    expect(code(bytes)).toBe(expected);
  });

  it("refuses a length of the header beyond the file", () => {
    const bytes = file(describeArray("<f4", "(1,)"), new Float32Array(1));
    bytes[9] = 0x20;
    expect(code(bytes)).toBe("NPY_INVALID");
  });

  it("answers every byte string with a tensor or a code", () => {
    const whole = file(describeArray("<f4", "(2, 2)"), Float32Array.of(1, 2, 3, 4));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, length) => {
        const bytes = whole.slice(0, length);
        bytes[at] = byte;
        expect(["read", "NPY_INVALID", "NPY_TYPE"]).toContain(code(bytes));
      }),
    );
  });
});

describe("writeNpy", () => {
  const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });

  it("writes what readNpy reads", () => {
    fc.assert(
      fc.property(shape, fc.constantFrom("float32", "int64", "bool", "float16"), (dims, type) => {
        const count = dims.reduce((product, dim) => product * dim, 1);
        const tensor: Tensor = { type, dims, data: sample(type, count) };
        const bytes = writeNpy(tensor);
        expect(readNpy(bytes)).toEqual(tensor);
        expect((bytes.length - tensor.data.length * (bytes.length === 0 ? 0 : itemSize(type))) % 64).toBe(0);
      }),
    );
  });

  it("writes the header that numpy writes", () => {
    const bytes = writeNpy({ type: "float32", dims: [3], data: new Float32Array(3) });
    expect(new TextDecoder("latin1").decode(bytes.subarray(0, 128))).toBe(
      `\u0093NUMPY\u0001\u0000v\u0000${"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }".padEnd(117)}\n`,
    );
  });

  it("refuses types that numpy has no name for", () => {
    expect(() => writeNpy({ type: "bfloat16", dims: [1], data: new Uint16Array(1) })).toThrow(
      expect.objectContaining({ code: "NPY_TYPE" }),
    );
    expect(() => writeNpy({ type: "string", dims: [1], data: ["a"] })).toThrow(
      expect.objectContaining({ code: "NPY_TYPE" }),
    );
  });
});

function sample(type: string, count: number): Tensor["data"] {
  const values = Array.from({ length: count }, (_, i) => i);
  if (type === "int64") return BigInt64Array.from(values, (value) => BigInt(value) - 2n);
  if (type === "bool") return Uint8Array.from(values, (value) => value % 2);
  if (type === "float16") return Uint16Array.from(values);
  return Float32Array.from(values, (value) => value / 3);
}

function itemSize(type: string): number {
  return { float32: 4, int64: 8, bool: 1, float16: 2 }[type] ?? 0;
}
