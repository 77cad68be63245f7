import protobuf from "protobufjs";
import { knownFunction } from "./known-function.js";
import type { Spoken } from "./lab.js";

/** As much of the service's messages as the tests need, read by a decoder that is not ours. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Live { bool live = 1; }
  message Described { string name = 1; string datatype = 2; repeated int64 shape = 3; }
  message Metadata {
    string name = 1; repeated string versions = 2; string platform = 3;
    repeated Described inputs = 4; repeated Described outputs = 5;
  }
  message Listed { string name = 1; string version = 2; string state = 3; }
  message Index { repeated Listed models = 1; }
  message Contents {
    repeated bool bools = 1; repeated int32 ints = 2; repeated int64 longs = 3; repeated uint32 uints = 4;
    repeated uint64 ulongs = 5; repeated float floats = 6; repeated double doubles = 7; repeated bytes texts = 8;
  }
  message Held { string name = 1; string datatype = 2; repeated int64 shape = 3; Contents contents = 5; }
  message Wanted { string name = 1; }
  message Infer {
    string model = 1; string version = 2; string id = 3;
    repeated Held inputs = 5; repeated Wanted outputs = 6; repeated bytes raw = 7;
  }
  message Inferred {
    string model = 1; string version = 2; string id = 3; repeated Held outputs = 5; repeated bytes raw = 6;
  }
`);

type MessageName = "Live" | "Metadata" | "Index" | "Infer" | "Inferred";

/** Bytes of a message of the service. */
export function grpcMessageOf(name: MessageName, value: object): Buffer {
  const type = root.lookupType(name);
  return Buffer.from(type.encode(type.fromObject(value)).finish());
}

/** A message that came in, as plain numbers and texts. */
export function readGrpcMessage(name: MessageName, body: Uint8Array): unknown {
  const type = root.lookupType(name);
  return type.toObject(type.decode(body), { longs: Number, bytes: Buffer });
}

interface Model {
  readonly input: "FP32" | "INT64" | "UINT8";
  readonly output: "FP32" | "FP64";
  /** Whether tensors travel as bytes. */
  readonly binary: boolean;
  /** Rows that every request has to have, or -1. */
  readonly rows: number;
}

/** Name and field of typed contents. */
const FIELD = { FP32: "floats", FP64: "doubles", INT64: "longs", UINT8: "uints" } as const;
const SERVICE = "/inference.GRPCInferenceService/";

export function spokenGrpc(changes: Partial<Model> = {}): Spoken {
  const model: Model = { input: "FP32", output: "FP32", binary: true, rows: -1, ...changes };
  return {
    name: `oip-grpc, ${model.input} to ${model.output}${model.binary ? " as bytes" : ""}, rows ${model.rows}`,
    options: { protocol: "oip-grpc", model: "m", config: null, binary: model.binary },
    grpc: true,
    maxRows: model.rows === -1 ? 16 : model.rows,
    page: (path) => grpcPage(path.replace(SERVICE, ""), model),
    rows: (body) => grpcRows(readGrpcMessage("Infer", body) as Infer, model),
    answer: (rows, compute) => [{}, grpcAnswer(rows, model, compute)],
  };
}

function grpcPage(method: string, { input, output, rows }: Model): Buffer | null | undefined {
  switch (method) {
    case "ServerLive":
      return grpcMessageOf("Live", { live: true });
    case "ModelMetadata":
      return grpcMessageOf("Metadata", {
        name: "m",
        inputs: [{ name: "x", datatype: input, shape: [rows, 3] }],
        outputs: [
          { name: "index", datatype: "INT64", shape: [rows] },
          { name: "y", datatype: output, shape: [rows, 4] },
        ],
      });
    case "RepositoryIndex":
      return grpcMessageOf("Index", { models: [{ name: "m", version: "1", state: "READY" }] });
    case "ModelInfer":
      return undefined;
    default:
      return null;
  }
}

interface Infer {
  readonly model: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly contents?: Readonly<Record<string, readonly number[]>>;
  }[];
  readonly outputs: unknown;
  readonly raw?: readonly Buffer[];
}

function grpcRows({ model, inputs, outputs, raw }: Infer, { input, binary }: Model): number[][] {
  const [first] = inputs;
  if (model !== "m" || first?.name !== "x" || first.datatype !== input || first.shape[1] !== 3)
    throw new Error("not the declared input");
  if (JSON.stringify(outputs) !== '[{"name":"y"}]') throw new Error("not the wanted output");
  if (binary === (raw === undefined) || binary !== (first.contents === undefined))
    throw new Error("the tensors travel in the wrong way");
  const numbers = binary
    ? numbersOf(raw?.[0] ?? Buffer.alloc(0), input)
    : (first.contents?.[FIELD[input]] ?? []);
  if (numbers.length !== 3 * (first.shape[0] ?? 0)) throw new Error("not as many numbers as it says");
  return Array.from({ length: numbers.length / 3 }, (_, i) => numbers.slice(3 * i, 3 * i + 3));
}

function numbersOf(raw: Buffer, datatype: Model["input"]): number[] {
  switch (datatype) {
    case "UINT8":
      return [...raw];
    case "INT64":
      return Array.from({ length: raw.length / 8 }, (_, i) => Number(raw.readBigInt64LE(8 * i)));
    case "FP32":
      return Array.from({ length: raw.length / 4 }, (_, i) => raw.readFloatLE(4 * i));
  }
}

function grpcAnswer(
  rows: readonly number[][],
  { output, binary }: Model,
  compute: (row: readonly number[]) => number[] = knownFunction,
): Buffer {
  const values = rows.flatMap(compute);
  const indices = rows.map((_, i) => i);
  const index = { name: "index", datatype: "INT64", shape: [rows.length] };
  const y = { name: "y", datatype: output, shape: [rows.length, values.length / rows.length] };
  if (!binary) {
    const contents = { [FIELD[output]]: values };
    return grpcMessageOf("Inferred", {
      model: "m",
      outputs: [
        { ...index, contents: { longs: indices } },
        { ...y, contents },
      ],
    });
  }
  const bytes = output === "FP32" ? Float32Array.from(values) : Float64Array.from(values);
  const raw = [Buffer.from(BigInt64Array.from(indices, BigInt).buffer), Buffer.from(bytes.buffer)];
  return grpcMessageOf("Inferred", { model: "m", outputs: [index, y], raw });
}
