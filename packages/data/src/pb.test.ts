import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ValueInfo } from "@indicia/onnx/tensor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPb } from "./pb.js";
import { readTensorProto } from "./pb-tensor.js";

const FLOAT = 1;
const INT64 = 7;

/** TensorProto by hand: dims = 1, data_type = 2, name = 8, raw_data = 9 of onnx.proto. */
function proto(name: string, type: number, dims: readonly number[], raw: ArrayBufferView): Uint8Array {
  const text = new TextEncoder().encode(name);
  const bytes = new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength);
  const head = [...dims.flatMap((dim) => [0x08, dim]), 0x10, type];
  return Uint8Array.from([...head, 0x42, text.length, ...text, 0x4a, bytes.length, ...bytes]);
}

const image: ValueInfo = { name: "image", type: "float32", dims: ["N", 2] };
const size: ValueInfo = { name: "size", type: "int64", dims: ["N"] };

describe("readTensorProto", () => {
  it("reads raw data and the name", () => {
    expect(readTensorProto(proto("image", FLOAT, [1, 2], Float32Array.of(3, 4)))).toEqual({
      name: "image",
      tensor: { type: "float32", dims: [1, 2], data: Float32Array.of(3, 4) },
    });
  });

  it("reads typed data without a name", () => {
    // dims 2, data_type FLOAT, float_data = 4 packed.
    const bytes = Uint8Array.from([
      0x08,
      2,
      0x10,
      FLOAT,
      0x22,
      8,
      ...new Uint8Array(Float32Array.of(5, 6).buffer),
    ]);
    expect(readTensorProto(bytes)).toEqual({
      name: "",
      tensor: { type: "float32", dims: [2], data: Float32Array.of(5, 6) },
    });
  });

  it.each([
    ["garbage", Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
    ["a tensor that was cut", proto("x", FLOAT, [1, 2], Float32Array.of(3, 4)).slice(0, -3)],
    ["data that do not fill the shape", proto("x", FLOAT, [3], Float32Array.of(3, 4))],
    // data_location = 14 EXTERNAL, external_data = 13 with location = "secret".
    [
      "data in another file",
      Uint8Array.from([
        0x08,
        1,
        0x10,
        FLOAT,
        0x6a,
        18,
        0x0a,
        8,
        ...new TextEncoder().encode("location"),
        0x12,
        6,
        ...new TextEncoder().encode("secret"),
        0x70,
        1,
      ]),
    ],
  ])("refuses %s", (_, bytes) => {
    expect(() => readTensorProto(bytes)).toThrow(expect.objectContaining({ code: "PB_INVALID" }));
  });
});

describe("readPb", () => {
  let folder = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "indicia-pb-"));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it("knows inputs by the tensors' names", async () => {
    await writeFile(join(folder, "b.pb"), proto("size", INT64, [1], BigInt64Array.of(9n)));
    await writeFile(join(folder, "a.pb"), proto("image", FLOAT, [1, 2], Float32Array.of(1, 2)));
    const { arrays } = await readPb(folder, [image, size]);
    expect(arrays["size"]?.data).toEqual(BigInt64Array.of(9n));
    expect(arrays["image"]?.data).toEqual(Float32Array.of(1, 2));
  });

  it("reads the layout of the ONNX test data, sets one after another in the order of their numbers", async () => {
    for (const set of [0, 2, 10]) {
      const sub = join(folder, `test_data_set_${set}`);
      await mkdir(sub);
      await writeFile(join(sub, "input_0.pb"), proto("", FLOAT, [1, 2], Float32Array.of(set, 0)));
      await writeFile(join(sub, "input_1.pb"), proto("", INT64, [1], BigInt64Array.of(BigInt(set))));
      await writeFile(join(sub, "output_0.pb"), proto("image", FLOAT, [1], Float32Array.of(-1)));
    }
    const { arrays, notes } = await readPb(folder, [image, size]);
    expect(arrays["image"]).toEqual({
      type: "float32",
      dims: [3, 2],
      data: Float32Array.of(0, 0, 2, 0, 10, 0),
    });
    expect(arrays["size"]?.data).toEqual(BigInt64Array.of(0n, 2n, 10n));
    expect(notes).toEqual([]);
  });

  it("knows inputs by file names, and says what belongs to none", async () => {
    await writeFile(join(folder, "image.pb"), proto("", FLOAT, [1, 2], Float32Array.of(1, 2)));
    await writeFile(join(folder, "size.pb"), proto("", INT64, [1], BigInt64Array.of(1n)));
    await writeFile(join(folder, "other.pb"), proto("", INT64, [1], BigInt64Array.of(1n)));
    const { arrays, notes } = await readPb(folder, [image, size]);
    expect(Object.keys(arrays).sort()).toEqual(["image", "size"]);
    expect(notes).toEqual(['"other.pb" belongs to no input of the model: left out']);
  });

  it("chains all files for the only input", async () => {
    for (const i of [1, 2, 11]) {
      await writeFile(join(folder, `example${i}.pb`), proto("x", FLOAT, [1, 2], Float32Array.of(i, i)));
    }
    const { arrays } = await readPb(folder, [image]);
    expect(arrays["image"]?.data).toEqual(Float32Array.of(1, 1, 2, 2, 11, 11));
  });

  it("reads a single file", async () => {
    const file = join(folder, "one.pb");
    await writeFile(file, proto("", FLOAT, [1, 2], Float32Array.of(1, 2)));
    expect((await readPb(file, [image])).arrays["image"]?.dims).toEqual([1, 2]);
  });

  it("refuses an empty folder, and files that differ in shape", async () => {
    await expect(readPb(folder, [image])).rejects.toMatchObject({ code: "DATA_EMPTY" });
    await writeFile(join(folder, "1.pb"), proto("", FLOAT, [1, 2], Float32Array.of(1, 2)));
    await writeFile(join(folder, "2.pb"), proto("", FLOAT, [2], Float32Array.of(1, 2)));
    await expect(readPb(folder, [image])).rejects.toMatchObject({ code: "INPUT_SHAPE" });
  });

  it("names the file that is wrong", async () => {
    await writeFile(join(folder, "bad.pb"), Uint8Array.of(0xff));
    await expect(readPb(folder, [image])).rejects.toMatchObject({
      code: "PB_INVALID",
      message: expect.stringContaining('"bad.pb"'),
    });
  });
});
