import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { buildModel, type GraphSpec } from "./build.js";
import { OnnxError, type OnnxErrorCode } from "./error.js";
import { concat } from "./graph-splice.js";
import { MAX_GRAPH_DEPTH, MAX_NAME_BYTES } from "./limits.js";
import { openModelBytes } from "./open.js";
import { readTensor } from "./read-tensor.js";
import { delimited, varintBytes } from "./wire.js";
import { modelBytes } from "./write.js";

function code(bytes: Uint8Array): OnnxErrorCode | "opens" {
  try {
    const model = openModelBytes(bytes);
    for (const tensor of model.tensors) readTensor(model, tensor);
    modelBytes(model, []);
    return "opens";
  } catch (error) {
    if (error instanceof OnnxError) return error.code;
    throw error;
  }
}

const number = (field: number, value: number | bigint): Uint8Array =>
  Uint8Array.from([...varintBytes(field * 8), ...varintBytes(value)]);
const text = (field: number, value: string): Uint8Array => delimited(field, new TextEncoder().encode(value));
const model = (graph: Uint8Array): Uint8Array => concat([number(1, 8), delimited(7, graph)]);
const tensor = (...fields: Uint8Array[]): Uint8Array => model(delimited(5, concat(fields)));

function deep(levels: number): GraphSpec {
  const inner: GraphSpec = levels === 0 ? { inputs: [], outputs: [], nodes: [] } : deep(levels - 1);
  return {
    inputs: [],
    outputs: [],
    nodes: [{ op: "Loop", inputs: [], outputs: [], attributes: { body: inner } }],
  };
}

describe("hostile models", () => {
  it.each<[string, Uint8Array, OnnxErrorCode | "opens"]>([
    ["empty", new Uint8Array(0), "ONNX_NO_GRAPH"],
    ["text", new TextEncoder().encode("this is no model"), "ONNX_MALFORMED"],
    ["no graph", number(1, 8), "ONNX_NO_GRAPH"],
    ["two graphs", concat([model(text(2, "a")), delimited(7, text(2, "b"))]), "ONNX_MALFORMED"],
    ["a length beyond the file", Uint8Array.of(58, 200, 1), "ONNX_TRUNCATED"],
    [
      "a length beyond any file",
      Uint8Array.of(58, 255, 255, 255, 255, 255, 255, 255, 255, 127),
      "ONNX_TRUNCATED",
    ],
    ["a varint without an end", Uint8Array.of(8, 255, 255), "ONNX_TRUNCATED"],
    [
      "a varint of eleven bytes",
      Uint8Array.from([8, ...new Array<number>(10).fill(255), 1]),
      "ONNX_MALFORMED",
    ],
    ["field number 0", Uint8Array.of(0, 1), "ONNX_MALFORMED"],
    ["a group", Uint8Array.of(11, 12), "ONNX_MALFORMED"],
    ["a graph that is a number", number(7, 3), "ONNX_MALFORMED"],
    ["graphs nested to the limit", buildModel(deep(MAX_GRAPH_DEPTH - 1)), "opens"],
    ["graphs nested too deep", buildModel(deep(MAX_GRAPH_DEPTH + 1)), "ONNX_TOO_DEEP"],
    ["a name beyond the limit", model(text(2, "x".repeat(MAX_NAME_BYTES + 1))), "ONNX_LIMIT"],
    ["a negative dimension", tensor(number(1, -1n), number(2, 1)), "TENSOR_SHAPE"],
    [
      "dimensions that overflow",
      tensor(number(1, 2 ** 40), number(1, 2 ** 40), number(2, 1)),
      "TENSOR_SHAPE",
    ],
    [
      "too many dimensions",
      tensor(...new Array<Uint8Array>(65).fill(number(1, 1)), number(2, 1)),
      "TENSOR_SHAPE",
    ],
    [
      "fewer bytes than the shape",
      tensor(number(1, 3), number(2, 1), delimited(9, new Uint8Array(8))),
      "TENSOR_SIZE",
    ],
    [
      "more numbers than the shape",
      tensor(number(1, 1), number(2, 1), delimited(4, new Uint8Array(8))),
      "TENSOR_SIZE",
    ],
    ["half a float", tensor(number(1, 1), number(2, 1), delimited(4, new Uint8Array(3))), "TENSOR_SIZE"],
    ["no data at all", tensor(number(1, 3), number(2, 1)), "TENSOR_SIZE"],
    ["a shape of a terabyte without data", tensor(number(1, 2 ** 38), number(2, 1)), "ONNX_LIMIT"],
    ["an unknown type", tensor(number(1, 1), number(2, 77), delimited(9, new Uint8Array(1))), "TENSOR_TYPE"],
    [
      "external data without a folder",
      tensor(
        number(1, 1),
        number(2, 1),
        delimited(13, concat([text(1, "location"), text(2, "w")])),
        number(14, 1),
      ),
      "EXTERNAL_MISSING",
    ],
    ["external data without a location", tensor(number(1, 1), number(2, 1), number(14, 1)), "EXTERNAL_RANGE"],
  ])("%s", (_, bytes, expected) => {
    expect(code(bytes)).toBe(expected);
  });
});

/** Park and Miller's generator: the same mutations in every run. */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
}

function mutated(bytes: Uint8Array, random: (limit: number) => number): Uint8Array {
  const copy = bytes.slice();
  for (let i = 0; i <= random(4); i++) copy[random(copy.length)] = random(256);
  switch (random(4)) {
    case 0:
      return copy.subarray(0, random(copy.length));
    case 1: {
      const at = random(copy.length);
      return concat([copy.subarray(0, at), copy.subarray(random(copy.length)), copy.subarray(at)]);
    }
    case 2: {
      copy.fill(0xff, random(copy.length), random(copy.length));
      return copy;
    }
    default:
      return copy;
  }
}

describe("fuzzing the reader", () => {
  const shared = path.resolve(import.meta.dirname, "../../../../shared/models/mnist_cnn_cntk.onnx");
  const seeds = [
    buildModel({
      ...deep(3),
      initializers: {
        w: { type: "float32", dims: [4], data: new Float32Array(4) },
        i: { type: "int64", dims: [1], data: BigInt64Array.of(3n) },
      },
    }),
    tensor(number(1, 2), number(2, 10), delimited(5, Uint8Array.of(1, 200, 3))),
    ...(existsSync(shared) ? [new Uint8Array(readFileSync(shared))] : []),
  ];

  it.each(seeds.map((bytes, i) => [i, bytes] as const))(
    "seed model %i: only our own errors, ever",
    (i, bytes) => {
      const random = generator(17 + i);
      const seen = new Set<string>();
      for (let run = 0; run < 3000; run++) seen.add(code(mutated(bytes, random)));
      expect(seen.has("opens") || seen.size > 1).toBe(true);
    },
  );
});
