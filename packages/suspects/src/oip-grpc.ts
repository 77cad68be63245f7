import type { Answer } from "@indicia/core/suspect";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { lostRows, rowsAsAnswers } from "./answers.js";
import { chooseOutput, requireOutput } from "./choose-output.js";
import { elementTypeOf, isWhole, rawValues } from "./datatypes.js";
import { fitInputs } from "./fit-inputs.js";
import { grpcHttpStatus, grpcMessage, grpcPushback, grpcRequest, grpcStatus, notGrpc } from "./grpc.js";
import type { OipGrpcDecoding } from "./oip-grpc-record.js";
import { readInfer } from "./oip-grpc-read.js";
import { inferRequest } from "./oip-grpc-write.js";
import type { DecodeOptions } from "./oip-decode.js";
import { filledUp, fixedRows, MAX_ROWS } from "./oip-rows.js";
import type { EncodedRequest, Protocol, ReceivedAnswer } from "./protocol.js";

/** Statuses by which a server says that it was asked in a way it does not know. */
const NOT_UNDERSTOOD: readonly (string | null)[] = ["INVALID_ARGUMENT", "UNIMPLEMENTED"];

/** What a server says of itself and of a model. */
export interface OipGrpcMetadata {
  /** Where inference requests go. */
  readonly infer: URL;
  readonly model: string;
  /** Null for the server's choice. */
  readonly version: string | null;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/**
 * The Open Inference Protocol v2 over gRPC, from what a server said of itself. Pure.
 *
 * @param options output to read, or null for the one that looks like scores; whether tensors travel as bytes, default true
 * @throws SuspectError SUSPECT_OUTPUT_UNKNOWN
 */
export function oipGrpcProtocol(
  { infer, model, version, inputs, outputs }: OipGrpcMetadata,
  options: { readonly output: string | null; readonly binary: boolean | null },
): Protocol {
  const output = requireOutput(outputs, options.output);
  const binary = options.binary ?? true;
  const fixed = fixedRows(inputs);
  return {
    name: "oip-grpc",
    inputs,
    model,
    decoding: {
      protocol: "oip-grpc",
      output,
      fixedRows: fixed,
      encoding: { model, version, binary, inputs },
    } satisfies OipGrpcDecoding,
    maxRows: fixed ?? MAX_ROWS,
    encode: (rows) => encodeGrpcRows({ infer, model, version, inputs, output, binary, fixed }, rows),
    decode: (answer, rows) => decodeGrpcInfer(answer, { output, rows, sent: fixed ?? rows }),
    httpStatus: grpcHttpStatus,
    waitMs: grpcPushback,
  };
}

/** An inference request for rows, from what is known of the model. @throws SuspectError SUSPECT_INPUTS */
export function encodeGrpcRows(
  model: Omit<OipGrpcMetadata, "outputs"> & {
    readonly output: string | null;
    readonly binary: boolean;
    /** Rows that the server fixes for every request, or null. */
    readonly fixed: number | null;
  },
  rows: Readonly<Record<string, Tensor>>,
): EncodedRequest {
  return grpcRequest(model.infer, inferRequest(fitInputs(filledUp(rows, model.fixed), model.inputs), model));
}

/**
 * The answers in a `ModelInferResponse`, or the reason why there are none.
 *
 * @throws SuspectError SUSPECT_PROTOCOL for what is no such response, and where the server does not understand
 */
export function decodeGrpcInfer(answer: ReceivedAnswer, { output, rows, sent }: DecodeOptions): Answer[] {
  const { name: status, said } = grpcStatus(answer);
  if (NOT_UNDERSTOOD.includes(status)) throw notGrpc(said);
  if (status === null && answer.status === 200) throw notGrpc("it has no status");
  if (status !== "OK") return lostRows(rows, said);
  const { outputs, raw } = readInfer(grpcMessage(answer));
  const declared = outputs.map(({ name, datatype, dims }): ValueInfo => {
    return { name, type: elementTypeOf(datatype), dims };
  });
  const name = output ?? chooseOutput(declared);
  const at = outputs.findIndex((each) => each.name === name);
  const chosen = outputs[at];
  if (name === null || chosen === undefined) {
    return lostRows(rows, name === null ? "the answer has no output" : `the answer has no output "${name}"`);
  }
  // The bytes stand for all outputs or for none ("raw_output_contents").
  if (raw.length > 0 && (raw.length !== outputs.length || chosen.contents !== null)) {
    return lostRows(rows, "the answer's output stands in it twice, or its bytes are another's");
  }
  const values =
    raw.length === 0 ? chosen.contents : rawValues(raw[at] ?? new Uint8Array(0), chosen.datatype);
  if (values === null || chosen.dims.some((dim) => dim < 0)) {
    return lostRows(rows, "the answer's output cannot be read");
  }
  return rowsAsAnswers({ dims: chosen.dims, values, whole: isWhole(chosen.datatype) }, rows, sent);
}
