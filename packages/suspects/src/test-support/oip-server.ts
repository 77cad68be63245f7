import { numberToHalf } from "@indicia/onnx/tensor";
import { knownFunction } from "./known-function.js";

/** The server's side of the Open Inference Protocol, written apart from what is tested. */
export interface OipModel {
  readonly input: "FP32" | "INT32" | "INT64" | "UINT8";
  readonly output: "FP16" | "FP32" | "FP64";
  readonly binary: boolean;
  /** Rows that every request has to have, or -1. */
  readonly rows: number;
}

export const OIP_MODEL: OipModel = { input: "FP32", output: "FP32", binary: false, rows: -1 };

/** Body of a page of the server's metadata, or null where there is no such page. */
export function oipMetadata(path: string, { input, output, binary, rows }: OipModel): unknown {
  switch (path) {
    case "/v2/health/ready":
      return {};
    case "/v2":
      return { name: "test", version: "1", extensions: binary ? ["binary_tensor_data"] : [] };
    case "/v2/models/m":
      return {
        name: "m",
        platform: "test",
        inputs: [{ name: "x", datatype: input, shape: [rows, 3] }],
        outputs: [
          { name: "index", datatype: "INT64", shape: [rows] },
          { name: "y", datatype: output, shape: [rows, 4] },
        ],
      };
    default:
      return null;
  }
}

/** Rows that a request asks for. */
export function oipRows(
  body: Buffer,
  headers: Readonly<Record<string, unknown>>,
  model: OipModel,
): number[][] {
  const stated = headers["inference-header-content-length"];
  if ((stated !== undefined) !== model.binary) throw new Error("the tensors travel in the wrong way");
  const end = stated === undefined ? body.length : Number(stated);
  const { inputs, outputs, parameters } = JSON.parse(body.toString("utf8", 0, end)) as {
    inputs: { name: string; datatype: string; shape: number[]; data: number[]; parameters: unknown }[];
    outputs: unknown;
    parameters: unknown;
  };
  const [{ name, datatype, shape, data, parameters: sized } = fail("no input")] = inputs;
  if (name !== "x" || datatype !== model.input || shape[1] !== 3) throw new Error("not the declared input");
  if (JSON.stringify(outputs) !== '[{"name":"y"}]') throw new Error("not the wanted output");
  if (!model.binary) return inThrees(data);
  const raw = body.subarray(end);
  if (JSON.stringify(sized) !== `{"binary_data_size":${raw.length}}`) throw new Error("a wrong size");
  if (JSON.stringify(parameters) !== '{"binary_data_output":true}') throw new Error("no bytes wanted");
  return inThrees(numbersOf(raw, model.input));
}

/** Answer to a request of these rows; its headers, and its body. */
export function oipAnswer(
  rows: readonly number[][],
  model: OipModel,
  compute: (row: readonly number[]) => number[] = knownFunction,
): [Readonly<Record<string, string>>, Buffer] {
  const values = rows.flatMap(compute);
  const index = { name: "index", datatype: "INT64", shape: [rows.length] };
  const y = { name: "y", datatype: model.output, shape: [rows.length, values.length / rows.length] };
  const indices = rows.map((_, i) => i);
  if (!model.binary) {
    const outputs = [
      { ...index, data: indices },
      { ...y, data: values },
    ];
    return [
      { "content-type": "application/json" },
      Buffer.from(JSON.stringify({ model_name: "m", outputs })),
    ];
  }
  const first = Buffer.from(BigInt64Array.from(indices, BigInt).buffer);
  const second = bytesOf(values, model.output);
  const json = Buffer.from(
    JSON.stringify({
      outputs: [
        { ...index, parameters: { binary_data_size: first.length } },
        { ...y, parameters: { binary_data_size: second.length } },
      ],
    }),
  );
  return [{ "inference-header-content-length": String(json.length) }, Buffer.concat([json, first, second])];
}

function inThrees(numbers: readonly number[]): number[][] {
  return Array.from({ length: numbers.length / 3 }, (_, i) => numbers.slice(3 * i, 3 * i + 3));
}

function numbersOf(raw: Buffer, datatype: OipModel["input"]): number[] {
  switch (datatype) {
    case "UINT8":
      return [...raw];
    case "INT64":
      return Array.from({ length: raw.length / 8 }, (_, i) => Number(raw.readBigInt64LE(8 * i)));
    case "INT32":
      return Array.from({ length: raw.length / 4 }, (_, i) => raw.readInt32LE(4 * i));
    case "FP32":
      return Array.from({ length: raw.length / 4 }, (_, i) => raw.readFloatLE(4 * i));
  }
}

function bytesOf(values: readonly number[], datatype: OipModel["output"]): Buffer {
  switch (datatype) {
    case "FP16":
      return Buffer.from(Uint16Array.from(values, numberToHalf).buffer);
    case "FP32":
      return Buffer.from(Float32Array.from(values).buffer);
    case "FP64":
      return Buffer.from(Float64Array.from(values).buffer);
  }
}

function fail(reason: string): never {
  throw new Error(reason);
}
