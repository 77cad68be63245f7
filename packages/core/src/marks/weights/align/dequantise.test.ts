import { openModelBytes } from "@indicia/onnx/open";
import type { Tensor } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { describe, expect, it } from "vitest";
import { modelBytesOf, value } from "../model.fixture.js";
import { quantisedWeights } from "./dequantise.js";
import { unblocked } from "./nchwc.js";
import { unpack } from "./stored-integers.js";

const bytes = (length: number, from = 0): number[] => Array.from({ length }, (_, i) => (i * 37 + from) % 256);
const int8 = (dims: readonly number[]): Tensor => {
  const count = dims.reduce((a, b) => a * b, 1);
  return { type: "int8", dims, data: Int8Array.from(bytes(count), (b) => b - 128) };
};
const real = (dims: readonly number[], ...values: number[]): Tensor => {
  return { type: "float32", dims, data: Float32Array.from(values) };
};

/** What onnxruntime makes of the weights: the model's answers to the rows of a unit matrix. */
async function weightsByRuntime(model: Uint8Array, rows: number): Promise<number[]> {
  const session = await openSession(model, { optimisation: "disabled" });
  try {
    const unit = Float32Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 1 : 0));
    const { y } = await session.run({ x: { type: "float32", dims: [rows, rows], data: unit } });
    return y === undefined ? [] : Array.from(y.data as Float32Array);
  } finally {
    await session.close();
  }
}

const io = (
  inn: number,
  out: number,
): { inputs: ReturnType<typeof value>[]; outputs: ReturnType<typeof value>[] } => {
  return { inputs: [value("x", ["n", inn])], outputs: [value("y", ["n", out])] };
};

describe("quantised weights", () => {
  it.each([
    ["per tensor", { s: real([], 0.03), z: { type: "int8", dims: [], data: Int8Array.of(3) } }, {}],
    [
      "per output channel",
      {
        s: real([3], 0.1, 0.02, 0.5),
        z: { type: "int8", dims: [3], data: Int8Array.of(1, -2, 0) },
      },
      { axis: 1 },
    ],
    [
      "per input channel",
      {
        s: real([4], 0.1, 0.02, 0.5, 3),
        z: { type: "int8", dims: [4], data: Int8Array.of(1, -2, 0, 9) },
      },
      { axis: 0 },
    ],
  ] as const)("are read as onnxruntime reads them, %s", async (_, parameters, attributes) => {
    const model = modelBytesOf(
      [
        { op: "DequantizeLinear", inputs: ["q", "s", "z"], outputs: ["w"], attributes },
        { op: "MatMul", inputs: ["x", "w"], outputs: ["y"] },
      ],
      { q: int8([4, 3]), ...parameters },
      io(4, 3),
    );
    const [found] = quantisedWeights(openModelBytes(model));
    const expected = await weightsByRuntime(model, 4);
    expect([...(found?.read() ?? [])]).toEqual(expected.map((x) => expect.closeTo(x, 5)));
  });

  it.each([2, 4, 8] as const)("are read as onnxruntime reads them, %s bits in blocks", async (bits) => {
    const [inn, out, block] = [64, 5, 32];
    const size = (block * bits) / 8;
    const model = modelBytesOf(
      [
        {
          op: "MatMulNBits",
          domain: "com.microsoft",
          inputs: ["x", "q", "s", "z"],
          outputs: ["y"],
          attributes: { K: inn, N: out, bits, block_size: block },
        },
      ],
      {
        q: { type: "uint8", dims: [out, 2, size], data: Uint8Array.from(bytes(out * 2 * size)) },
        s: real([out * 2], ...bytes(out * 2, 5).map((b) => (b + 1) / 500)),
        z: {
          type: "uint8",
          dims: [out * Math.ceil((2 * bits) / 8)],
          data: Uint8Array.from(bytes(out * Math.ceil((2 * bits) / 8), 11)),
        },
      },
      {
        ...io(inn, out),
        opsets: new Map([
          ["", 13],
          ["com.microsoft", 1],
        ]),
      },
    );
    const [found] = quantisedWeights(openModelBytes(model));
    expect(found?.dims).toEqual([out, inn]);
    const weights = found?.read() ?? new Float32Array(0);
    const expected = await weightsByRuntime(model, inn);
    const asStored = Array.from(
      { length: out * inn },
      (_, i) => expected[(i % inn) * out + Math.floor(i / inn)] ?? 0,
    );
    expect([...weights]).toEqual(asStored.map((x) => expect.closeTo(x, 3)));
  });

  it("say nothing where the file does not hold what it should", () => {
    const model = modelBytesOf(
      [
        {
          op: "MatMulNBits",
          domain: "com.microsoft",
          inputs: ["x", "q", "s"],
          outputs: ["y"],
          attributes: { K: 1_000_000, N: 1_000_000, bits: 4, block_size: 32 },
        },
      ],
      { q: { type: "uint8", dims: [4], data: Uint8Array.of(1, 2, 3, 4) }, s: real([1], 1) },
      io(4, 4),
    );
    expect(quantisedWeights(openModelBytes(model))[0]?.read()).toBeNull();
  });
});

describe("packed numbers", () => {
  it("begin in the lowest bits, and have a sign where they should", () => {
    expect([...unpack(Uint8Array.of(0xf1, 0x78), 4, 4, true)]).toEqual([1, -1, -8, 7]);
    expect([...unpack(Uint8Array.of(0b11_10_01_00), 4, 2, false)]).toEqual([0, 1, 2, 3]);
  });
});

describe("blocked channels", () => {
  it("come back in order", () => {
    const shape = { out: 8, inn: 8, kernel: 3 };
    const plain = Float32Array.from({ length: 192 }, (_, i) => i);
    const blocked: number[] = [];
    for (let ob = 0; ob < 8; ob += 4)
      for (let ib = 0; ib < 8; ib += 4)
        for (let k = 0; k < 3; k++)
          for (let i = ib; i < ib + 4; i++)
            for (let o = ob; o < ob + 4; o++) blocked.push((o * 8 + i) * 3 + k);
    expect(unblocked(Float32Array.from(blocked), shape, { outBlock: 4, innBlock: 4 })).toEqual(plain);
  });
});
