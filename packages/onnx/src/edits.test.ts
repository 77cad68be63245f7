import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { onnx } from "onnx-proto";
import { expect, it, onTestFinished } from "vitest";
import { buildModel } from "./build.js";
import { OnnxError } from "./error.js";
import { concat } from "./graph-splice.js";
import type { Edit } from "./edit.js";
import { openModel, openModelBytes } from "./open.js";
import { readFloats, readTensor } from "./read-tensor.js";
import { bfloatToNumber, halfToNumber, numberToBfloat, numberToHalf, type Tensor } from "./tensor.js";
import { delimited, varintBytes } from "./wire.js";
import { modelBytes, writeModel } from "./write.js";

function temporaryFolder(prefix: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), prefix));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const plusOne: Extract<Edit, { kind: "values" }>["update"] = (values) => {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + 1;
};

function number(field: number, value: number | bigint): Uint8Array {
  return Uint8Array.from([...varintBytes(field * 8), ...varintBytes(value)]);
}

/** A model of one initialiser whose fields beside name and shape are given raw. */
function oneTensor(dims: readonly number[], fields: readonly Uint8Array[]): Uint8Array {
  const tensor = concat([
    ...dims.map((dim) => number(1, dim)),
    delimited(8, new TextEncoder().encode("w")),
    ...fields,
  ]);
  const graph = concat([delimited(2, new TextEncoder().encode("g")), delimited(5, tensor)]);
  return concat([number(1, 8), delimited(7, graph), delimited(99, Uint8Array.of(1, 2, 3))]);
}

function floatBytes(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

const FORMS: readonly (readonly [string, Uint8Array, readonly number[]])[] = [
  ["raw float32", oneTensor([3], [number(2, 1), delimited(9, floatBytes([1, 2, 3]))]), [1, 2, 3]],
  ["packed float_data", oneTensor([3], [number(2, 1), delimited(4, floatBytes([1, 2, 3]))]), [1, 2, 3]],
  [
    "float_data in two fields",
    oneTensor(
      [3],
      [number(2, 1), delimited(4, floatBytes([1, 2])), concat([Uint8Array.of(37), floatBytes([3])])],
    ),
    [1, 2, 3],
  ],
  [
    "raw float64",
    oneTensor([2], [number(2, 11), delimited(9, new Uint8Array(Float64Array.of(0.1, 5).buffer))]),
    [0.1, 5],
  ],
  [
    "double_data",
    oneTensor([2], [number(2, 11), delimited(10, new Uint8Array(Float64Array.of(0.1, 5).buffer))]),
    [0.1, 5],
  ],
  [
    "raw float16",
    oneTensor(
      [2],
      [
        number(2, 10),
        delimited(9, new Uint8Array(Uint16Array.of(numberToHalf(0.5), numberToHalf(-3)).buffer)),
      ],
    ),
    [0.5, -3],
  ],
  [
    "float16 in int32_data",
    oneTensor(
      [2],
      [
        number(2, 10),
        delimited(5, Uint8Array.from([...varintBytes(numberToHalf(1e-7)), ...varintBytes(numberToHalf(-3))])),
      ],
    ),
    [halfToNumber(numberToHalf(1e-7)), -3],
  ],
  ["bfloat16 in int32_data", oneTensor([1], [number(2, 16), number(5, numberToBfloat(2))]), [2]],
];

it.each(FORMS)("%s is read, edited and otherwise left alone", (_, bytes, expected) => {
  const model = openModelBytes(bytes);
  const [tensor] = model.tensors;
  if (tensor === undefined) throw new Error("no tensor");
  expect([...readFloats(model, tensor)]).toEqual(expected.map(Math.fround));
  expect(modelBytes(model, [])).toEqual(bytes);
  // A Math.fround of 0.1 must not reach a double that nobody touched.
  const same = openModelBytes(modelBytes(model, [{ kind: "values", tensor, update: () => {} }]));
  expect(same.tensors.map((each) => readTensor(same, each).data)).toEqual([readTensor(model, tensor).data]);
  const edited = openModelBytes(modelBytes(model, [{ kind: "values", tensor, update: plusOne }]));
  const [after] = edited.tensors;
  if (after === undefined) throw new Error("the tensor is gone");
  for (const [i, value] of readFloats(edited, after).entries())
    expect(value).toBeCloseTo((expected[i] ?? 0) + 1, 2);
  // Unknown fields stay.
  expect(Buffer.from(modelBytes(edited, [])).includes(Buffer.from([1, 2, 3]))).toBe(true);
});

it("keeps doubles that were not changed to the last bit", () => {
  const bytes = oneTensor([2], [number(2, 11), delimited(9, new Uint8Array(Float64Array.of(0.1, 5).buffer))]);
  const model = openModelBytes(bytes);
  const [tensor] = model.tensors;
  if (tensor === undefined) throw new Error("no tensor");
  const edited = openModelBytes(
    modelBytes(model, [{ kind: "values", tensor, update: (values) => void (values[1] = 6) }]),
  );
  const [after] = edited.tensors;
  expect(after === undefined ? null : readTensor(edited, after).data).toEqual(Float64Array.of(0.1, 6));
});

it("converts every half and bfloat16 there and back, ties to even", () => {
  const lost: number[] = [];
  for (let bits = 0; bits < 65_536; bits++) {
    const half = halfToNumber(bits);
    if (!Number.isNaN(half) && numberToHalf(half) !== bits) lost.push(bits);
    const brain = bfloatToNumber(bits);
    if (!Number.isNaN(brain) && numberToBfloat(brain) !== bits) lost.push(bits);
  }
  expect(lost).toEqual([]);
  expect(numberToHalf(1 + 2 ** -11)).toBe(numberToHalf(1));
  expect(numberToHalf(1 + 3 * 2 ** -11)).toBe(numberToHalf(1 + 2 ** -9));
  expect(numberToHalf(65_519.99)).toBe(0x7bff);
  expect(numberToHalf(65_520)).toBe(0x7c00);
  expect(numberToHalf(2 ** -25)).toBe(0);
});

const nested: Uint8Array = buildModel({
  inputs: [{ name: "c", type: "bool", dims: [] }],
  outputs: [{ name: "y", type: "float32", dims: [2] }],
  nodes: [
    {
      op: "If",
      inputs: ["c"],
      outputs: ["y"],
      attributes: {
        then_branch: {
          inputs: [],
          outputs: [{ name: "a", type: "float32", dims: [2] }],
          nodes: [
            {
              op: "Constant",
              inputs: [],
              outputs: ["a"],
              attributes: { value: { type: "float32", dims: [2], data: Float32Array.of(1, 2) } },
            },
          ],
        },
        else_branch: {
          inputs: [],
          outputs: [{ name: "b", type: "float32", dims: [2] }],
          nodes: [{ op: "Identity", inputs: ["w"], outputs: ["b"] }],
          initializers: { w: { type: "float32", dims: [2], data: Float32Array.of(3, 4) } },
        },
      },
    },
  ],
});

it("edits weights in branches and Constant nodes, and grows every message around them", () => {
  const model = openModelBytes(nested);
  expect(model.tensors.map(({ id }) => id)).toHaveLength(2);
  const branch = model.graphs.find(({ initializers }) => initializers.length > 0);
  if (branch === undefined) throw new Error("no branch with an initialiser");
  const long: Tensor = { type: "float32", dims: [200], data: new Float32Array(200) };
  const edits: Edit[] = [
    ...model.tensors.map((tensor): Edit => ({ kind: "values", tensor, update: plusOne })),
    { kind: "add-initializer", graph: branch, name: "long", tensor: long },
    { kind: "add-output", graph: model.graph, value: "extra" },
  ];
  const edited = openModelBytes(modelBytes(model, edits));
  expect(edited.tensors.map((tensor) => [...readFloats(edited, tensor)].slice(0, 2))).toEqual([
    [2, 3],
    [4, 5],
    [0, 0],
  ]);
  expect(edited.graph.outputs.map(({ name }) => name)).toEqual(["y", "extra"]);
  expect(onnx.ModelProto.decode(modelBytes(edited, [])).graph?.output?.map(({ name }) => name)).toEqual([
    "y",
    "extra",
  ]);
});

it("changes the inputs of a node", () => {
  const model = openModelBytes(
    buildModel({ inputs: [], outputs: [], nodes: [{ op: "Gemm", inputs: ["x", "w"], outputs: ["z"] }] }),
  );
  const [node] = model.graph.nodes;
  if (node === undefined) throw new Error("no node");
  const edited = openModelBytes(
    modelBytes(model, [{ kind: "node-inputs", node, inputs: ["x", "w", "bias"] }]),
  );
  expect(edited.graph.nodes[0]?.inputs).toEqual(["x", "w", "bias"]);
  expect(edited.graph.nodes[0]?.outputs).toEqual(["z"]);
});

it("round-trips random models byte for byte", () => {
  const tensor = fc
    .array(fc.float({ noNaN: true }), { minLength: 0, maxLength: 20 })
    .map((values): Tensor => ({ type: "float32", dims: [values.length], data: Float32Array.from(values) }));
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ minLength: 1 }), tensor),
      fc.array(fc.string(), { maxLength: 4 }),
      (initializers, inputs) => {
        const bytes = buildModel({
          inputs: [],
          outputs: [],
          initializers,
          nodes: [{ op: "Op", inputs, outputs: ["y"], attributes: { k: 3, f: 0.5, s: "t", l: [1, 2] } }],
        });
        const model = openModelBytes(bytes);
        expect(modelBytes(model, [])).toEqual(bytes);
        for (const entry of model.tensors)
          expect(readTensor(model, entry).data).toEqual(initializers[entry.name]?.data);
        expect(model.graph.nodes[0]?.inputs).toEqual(inputs);
      },
    ),
  );
});

function externalModel(folder: string, location: string, offset = "4"): string {
  const entry = (key: string, value: string): Uint8Array =>
    delimited(
      13,
      concat([delimited(1, new TextEncoder().encode(key)), delimited(2, new TextEncoder().encode(value))]),
    );
  const file = path.join(folder, "m.onnx");
  writeFileSync(
    file,
    oneTensor(
      [2],
      [
        number(2, 1),
        entry("location", location),
        entry("offset", offset),
        entry("length", "8"),
        number(14, 1),
      ],
    ),
  );
  return file;
}

it("edits external data in a new file beside the model, and leaves the old ones", () => {
  const folder = temporaryFolder("indicia-external-");
  const data = Buffer.concat([Buffer.alloc(4), Buffer.from(floatBytes([7, 8]))]);
  writeFileSync(path.join(folder, "w.bin"), data);
  const model = openModel(externalModel(folder, "w.bin"));
  const [tensor] = model.tensors;
  if (tensor === undefined) throw new Error("no tensor");
  expect([...readFloats(model, tensor)]).toEqual([7, 8]);
  const out = path.join(folder, "marked.onnx");
  const written = writeModel(model, [{ kind: "values", tensor, update: plusOne }], out);
  expect(written.externalFiles.map(({ name }) => name)).toEqual(["marked.onnx.data"]);
  expect(readFileSync(path.join(folder, "w.bin")).equals(data)).toBe(true);
  const again = openModel(out);
  const [after] = again.tensors;
  expect(after === undefined ? [] : [...readFloats(again, after)]).toEqual([8, 9]);
  // Nothing edited, same folder: only the .onnx is written, byte for byte.
  writeModel(model, [], path.join(folder, "same.onnx"));
  expect(readFileSync(path.join(folder, "same.onnx")).equals(readFileSync(path.join(folder, "m.onnx")))).toBe(
    true,
  );
  expect(existsSync(path.join(folder, "same.onnx.data"))).toBe(false);
});

it("does not follow external data out of the model's folder", () => {
  const folder = temporaryFolder("indicia-escape-");
  const inner = path.join(folder, "inner");
  mkdirSync(inner);
  writeFileSync(path.join(folder, "secret"), "12345678901234567890");
  symlinkSync(path.join(folder, "secret"), path.join(inner, "link"));
  for (const location of [
    "../secret",
    "/etc/passwd",
    "a/../../secret",
    "..\\secret",
    "c:secret",
    "x\0y",
    "",
    "a//b",
  ]) {
    expect(() => openModel(externalModel(inner, location))).toThrow(
      expect.objectContaining({ code: "EXTERNAL_PATH" }),
    );
  }
  const read = (location: string, offset?: string): unknown => {
    const model = openModel(externalModel(inner, location, offset));
    const [tensor] = model.tensors;
    return tensor === undefined ? null : readTensor(model, tensor);
  };
  expect(() => read("link")).toThrow(expect.objectContaining({ code: "EXTERNAL_PATH" }));
  expect(() => read("missing")).toThrow(expect.objectContaining({ code: "EXTERNAL_MISSING" }));
  writeFileSync(path.join(inner, "short"), "123");
  expect(() => read("short")).toThrow(expect.objectContaining({ code: "EXTERNAL_RANGE" }));
  expect(() => read("short", "-1")).toThrow(expect.objectContaining({ code: "EXTERNAL_RANGE" }));
});

it("leaves the old file whole and nothing behind when it is interrupted", () => {
  const folder = temporaryFolder("indicia-abort-");
  const out = path.join(folder, "m.onnx");
  writeFileSync(out, "the old one");
  const model = openModelBytes(nested);
  expect(() => writeModel(model, [], out, { signal: AbortSignal.abort() })).toThrow(OnnxError);
  expect(readFileSync(out, "utf8")).toBe("the old one");
  expect(readdirSync(folder)).toEqual(["m.onnx"]);
});
