import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AttributeSpec, buildModel, type ModelSpec } from "./build.js";
import { OnnxError } from "./error.js";
import { concat } from "./graph-splice.js";
import { openModelBytes } from "./open.js";
import type { Tensor } from "./tensor.js";
import { toSpec } from "./to-spec.js";
import { delimited, varintBytes } from "./wire.js";

const io = { inputs: [], outputs: [] };
const spec = (given: Partial<ModelSpec>): ModelSpec => ({ ...io, nodes: [], ...given });

function codeOf(bytes: Uint8Array): string | null {
  try {
    toSpec(openModelBytes(bytes));
    return null;
  } catch (error) {
    if (error instanceof OnnxError) return error.code;
    throw error;
  }
}

describe("a model decoded and built again", () => {
  const kinds: readonly [string, AttributeSpec][] = [
    ["a whole float", { float: 2 }],
    ["a float", 0.5],
    ["an int", -3],
    ["a string", "text"],
    ["no floats", { floats: [] }],
    ["floats", { floats: [1, 2.5] }],
    ["no ints", { ints: [] }],
    ["ints", [1, -2, 3]],
    ["strings", { strings: ["a", ""] }],
    ["a tensor", { type: "float32", dims: [2], data: Float32Array.of(1, 2) }],
    ["a graph", { inputs: [], outputs: [], nodes: [] }],
    ["graphs", { graphs: [{ inputs: [], outputs: [], nodes: [] }] }],
  ];

  it.each(kinds)("keeps %s", (_, value) => {
    const bytes = buildModel(
      spec({ nodes: [{ op: "Anything", inputs: ["", "x"], outputs: ["y"], attributes: { value } }] }),
    );
    const again = toSpec(openModelBytes(bytes));
    expect(openModelBytes(buildModel(again)).graph.nodes[0]?.attributes.get("value")?.kind).not.toBe("other");
    expect(toSpec(openModelBytes(buildModel(again)))).toEqual(again);
    expect(again.nodes[0]?.inputs).toEqual(["", "x"]);
  });

  it("keeps operator sets, version, producer and metadata", () => {
    const given = spec({
      ir: 10,
      opsets: new Map([
        ["", 21],
        ["com.microsoft", 1],
      ]),
      producer: "somebody",
      metadata: new Map([["classes", "a,b"]]),
      nodes: [{ op: "FusedMatMul", domain: "com.microsoft", inputs: ["a", "b"], outputs: ["c"] }],
    });
    const again = toSpec(openModelBytes(buildModel(given)));
    expect(again).toMatchObject({ ir: 10, opsets: given.opsets, producer: "somebody" });
    expect(again.metadata).toEqual(given.metadata);
    expect(again.nodes[0]?.domain).toBe("com.microsoft");
  });

  it("keeps the values of tensors of every kind", () => {
    const tensors: Tensor[] = [
      { type: "float32", dims: [2], data: Float32Array.of(-0, 1e-42) },
      { type: "float16", dims: [1], data: Uint16Array.of(0x7e01) },
      { type: "bfloat16", dims: [1], data: Uint16Array.of(0x3f80) },
      { type: "int8", dims: [2], data: Int8Array.of(-128, 1) },
      { type: "int64", dims: [], data: BigInt64Array.of(-(2n ** 63n)) },
      { type: "uint4", dims: [3], data: Uint8Array.of(0x21, 0x03) },
      { type: "int4", dims: [2, 2], data: Uint8Array.of(0xf8, 0x7f) },
      { type: "float8e4m3fn", dims: [2], data: Uint8Array.of(1, 255) },
      { type: "string", dims: [2], data: ["", "two"] },
    ];
    const initializers = new Map(tensors.map((tensor, i) => [String(tensors.length - i), tensor]));
    const again = toSpec(openModelBytes(buildModel(spec({ initializers }))));
    expect([...again.initializers]).toEqual([...initializers]);
  });

  it("reads 4-bit numbers from int32_data", () => {
    const tensor = concat([
      Uint8Array.from([8, 3, 16, 22]),
      delimited(5, Uint8Array.from([...varintBytes(0x8f), ...varintBytes(0x01)])),
      delimited(8, new TextEncoder().encode("w")),
    ]);
    const model = openModelBytes(concat([Uint8Array.of(8, 10), delimited(7, delimited(5, tensor))]));
    expect(toSpec(model).initializers.get("w")?.data).toEqual(Uint8Array.of(0x8f, 0x01));
  });

  it.each([
    ["functions", delimited(25, new Uint8Array(0))],
    ["quantisation annotations", delimited(7, delimited(14, new Uint8Array(0)))],
    ["sparse initialisers", delimited(7, delimited(15, new Uint8Array(0)))],
    [
      "inputs that are no tensors",
      delimited(7, delimited(11, delimited(2, delimited(4, new Uint8Array(0))))),
    ],
    ["sparse attributes", delimited(7, delimited(1, delimited(5, delimited(22, new Uint8Array(0)))))],
  ])("refuses %s", (_, part) => {
    const graph = part[0] === 58 ? [] : [delimited(7, new Uint8Array(0))];
    expect(codeOf(concat([...graph, part]))).toBe("SPEC_UNSUPPORTED");
  });

  it("gives the same bytes twice, whatever the names", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), (names) => {
        const tensor: Tensor = { type: "float32", dims: [], data: Float32Array.of(1) };
        const bytes = buildModel(spec({ initializers: new Map(names.map((name) => [name, tensor])) }));
        expect(buildModel(toSpec(openModelBytes(bytes)))).toEqual(
          buildModel(toSpec(openModelBytes(buildModel(toSpec(openModelBytes(bytes)))))),
        );
        expect([...toSpec(openModelBytes(bytes)).initializers.keys()]).toEqual(names);
      }),
    );
  });
});
