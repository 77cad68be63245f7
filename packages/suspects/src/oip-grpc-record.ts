import type { ValueInfo } from "@indicia/onnx/tensor";
import { declaredInputs } from "./declared-inputs.js";
import { grpcHttpStatus } from "./grpc.js";
import { asText } from "./json-values.js";
import { decodeGrpcInfer, encodeGrpcRows } from "./oip-grpc.js";
import { isRowCount } from "./oip-rows.js";
import type { Decoding } from "./protocol.js";
import { ANYWHERE, foreignNote, type RecordReader } from "./record-reader.js";

/** The note of the Open Inference Protocol over gRPC. */
export interface OipGrpcDecoding extends Decoding {
  readonly protocol: "oip-grpc";
  readonly output: string | null;
  /** Rows that the server fixes for every request, or null. */
  readonly fixedRows: number | null;
  readonly encoding: {
    readonly model: string;
    readonly version: string | null;
    readonly binary: boolean;
    readonly inputs: readonly ValueInfo[];
  };
}

export const OIP_GRPC_RECORD: RecordReader = {
  decoder: ({ output, fixedRows }) => {
    if (!(typeof output === "string" || output === null) || !isRowCount(fixedRows)) throw foreignNote();
    return {
      decode: (answer, rows) => decodeGrpcInfer(answer, { output, rows, sent: fixedRows ?? rows }),
      httpStatus: grpcHttpStatus,
    };
  },
  encoder: ({ model, version, binary, inputs }, { output, fixedRows }) => {
    const known = {
      infer: ANYWHERE,
      model: asText(model),
      version: typeof version === "string" ? version : null,
      inputs: declaredInputs(inputs),
      output: typeof output === "string" ? output : null,
      binary: binary === true,
      fixed: typeof fixedRows === "number" ? fixedRows : null,
    };
    return (rows) => encodeGrpcRows(known, rows).body;
  },
};
