import type { ValueInfo } from "@indicia/onnx/tensor";
import { declaredInputs } from "./declared-inputs.js";
import { fitInputs } from "./fit-inputs.js";
import { recordedAnswers } from "./onnx-black-box.js";
import type { Decoding } from "./protocol.js";
import type { RecordReader } from "./record-reader.js";
import { tensorRecord } from "./tensor-record.js";

/** The note of a model file that was only asked. Records of before do not have `encoding`. */
export interface OnnxDecoding extends Decoding {
  readonly protocol: "onnx-black-box";
  readonly encoding?: { readonly inputs: readonly ValueInfo[] };
}

export const ONNX_RECORD: RecordReader = {
  decoder: () => ({ decode: ({ body }, rows) => recordedAnswers(body, rows) }),
  encoder: ({ inputs }) => {
    const taken = declaredInputs(inputs);
    return (rows) => tensorRecord(fitInputs(rows, taken));
  },
};
