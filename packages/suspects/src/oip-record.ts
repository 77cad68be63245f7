import type { ValueInfo } from "@indicia/onnx/tensor";
import { declaredInputs } from "./declared-inputs.js";
import { encodeRows } from "./oip.js";
import { decodeInfer } from "./oip-decode.js";
import { isRowCount } from "./oip-rows.js";
import type { Decoding } from "./protocol.js";
import { ANYWHERE, foreignNote, type RecordReader } from "./record-reader.js";

/** The note of the Open Inference Protocol. Records of before do not have `encoding`. */
export interface OipDecoding extends Decoding {
  readonly protocol: "oip";
  readonly output: string | null;
  /** Rows that the server fixes for every request, or null. */
  readonly fixedRows: number | null;
  readonly encoding?: { readonly binary: boolean; readonly inputs: readonly ValueInfo[] };
}

export const OIP_RECORD: RecordReader = {
  decoder: (noted) => {
    const { output, fixedRows } = noted;
    if (!(typeof output === "string" || output === null) || !isRowCount(fixedRows)) throw foreignNote();
    return { decode: (answer, rows) => decodeInfer(answer, { output, rows, sent: fixedRows ?? rows }) };
  },
  encoder: ({ binary, inputs }, { output, fixedRows }) => {
    const model = {
      infer: ANYWHERE,
      inputs: declaredInputs(inputs),
      output: typeof output === "string" ? output : null,
      binary: binary === true,
      fixed: typeof fixedRows === "number" ? fixedRows : null,
    };
    return (rows) => encodeRows(model, rows).body;
  },
};
