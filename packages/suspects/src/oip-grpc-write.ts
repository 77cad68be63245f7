import type { Tensor } from "@indicia/onnx/tensor";
import { delimited, varintBytes } from "@indicia/onnx/wire";
import { datatypeOf, jsonLeaves, rawBytes } from "./datatypes.js";
import { SuspectError } from "./error.js";

/** Numbers of fields in requests of `inference.GRPCInferenceService` (Open Inference Protocol v2, "GRPC"). */
const METADATA_REQUEST = { name: 1, version: 2 } as const;
const INFER_REQUEST = { modelName: 1, modelVersion: 2, inputs: 5, outputs: 6, rawInputContents: 7 } as const;
const TENSOR = { name: 1, datatype: 2, shape: 3, contents: 5 } as const;

/** Typed contents: the field of each datatype, and how its elements stand in it ("InferTensorContents"). */
const CONTENTS: ReadonlyMap<string, readonly [field: number, as: "varint" | "fixed" | "text"]> = new Map([
  ["BOOL", [1, "varint"]],
  ["INT8", [2, "varint"]],
  ["INT16", [2, "varint"]],
  ["INT32", [2, "varint"]],
  ["INT64", [3, "varint"]],
  ["UINT8", [4, "varint"]],
  ["UINT16", [4, "varint"]],
  ["UINT32", [4, "varint"]],
  ["UINT64", [5, "varint"]],
  ["FP32", [6, "fixed"]],
  ["FP64", [7, "fixed"]],
  ["BYTES", [8, "text"]],
]);

const utf8 = new TextEncoder();

/** A `ModelMetadataRequest`. @param version null for the server's choice */
export function metadataRequest(model: string, version: string | null): Uint8Array {
  return Buffer.concat([
    text(METADATA_REQUEST.name, model),
    ...(version === null ? [] : [text(METADATA_REQUEST.version, version)]),
  ]);
}

export interface InferRequest {
  readonly model: string;
  readonly version: string | null;
  /** The only output wanted, or null for all. */
  readonly output: string | null;
  /** Whether tensors travel as bytes behind the message's other fields, or as typed contents. */
  readonly binary: boolean;
}

/** A `ModelInferRequest`. @throws SuspectError SUSPECT_INPUTS for types that the protocol cannot carry in this way */
export function inferRequest(
  inputs: Readonly<Record<string, Tensor>>,
  { model, version, output, binary }: InferRequest,
): Uint8Array {
  const tensors = Object.entries(inputs);
  return Buffer.concat([
    text(INFER_REQUEST.modelName, model),
    ...(version === null ? [] : [text(INFER_REQUEST.modelVersion, version)]),
    ...tensors.map(([name, tensor]) =>
      delimited(
        INFER_REQUEST.inputs,
        Buffer.concat([head(name, tensor), ...(binary ? [] : [typed(tensor)])]),
      ),
    ),
    ...(output === null ? [] : [delimited(INFER_REQUEST.outputs, text(TENSOR.name, output))]),
    ...(binary
      ? tensors.map(([, tensor]) => delimited(INFER_REQUEST.rawInputContents, rawBytes(tensor)))
      : []),
  ]);
}

function head(name: string, { type, dims }: Tensor): Uint8Array {
  return Buffer.concat([
    text(TENSOR.name, name),
    text(TENSOR.datatype, datatypeOf(type)),
    delimited(TENSOR.shape, Uint8Array.from(dims.flatMap((dim) => varintBytes(dim)))),
  ]);
}

function typed(tensor: Tensor): Uint8Array {
  const datatype = datatypeOf(tensor.type);
  const [field, as] = CONTENTS.get(datatype) ?? [];
  if (field === undefined) {
    throw new SuspectError(
      "SUSPECT_INPUTS",
      `inputs of type ${datatype} travel as bytes only`,
      "Ask with tensors as bytes, or give probes of another type.",
    );
  }
  if (as === "fixed") return delimited(TENSOR.contents, delimited(field, rawBytes(tensor)));
  const leaves = jsonLeaves(tensor);
  const contents =
    as === "text"
      ? Buffer.concat(leaves.map((leaf) => text(field, String(leaf))))
      : delimited(
          field,
          Uint8Array.from(leaves.flatMap((leaf) => varintBytes(typeof leaf === "string" ? 0 : BigInt(leaf)))),
        );
  return delimited(TENSOR.contents, contents);
}

function text(field: number, value: string): Uint8Array {
  return delimited(field, utf8.encode(value));
}
