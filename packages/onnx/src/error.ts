export type OnnxErrorCode =
  | "ONNX_NOT_FOUND"
  | "ONNX_TRUNCATED"
  | "ONNX_MALFORMED"
  | "ONNX_TOO_LARGE"
  | "ONNX_TOO_DEEP"
  | "ONNX_LIMIT"
  | "ONNX_NO_GRAPH"
  | "TENSOR_SHAPE"
  | "TENSOR_SIZE"
  | "TENSOR_TYPE"
  | "EXTERNAL_PATH"
  | "EXTERNAL_MISSING"
  | "EXTERNAL_RANGE"
  | "EDIT_UNSUPPORTED"
  | "WRITE_ABORTED"
  | "ABORTED"
  | "THREAD_ENDED"
  | "SPEC_UNSUPPORTED";

/** What is wrong with an ONNX file or an edit of one, with what to do about it. */
export class OnnxError extends Error {
  override readonly name = "OnnxError";
  readonly code: OnnxErrorCode;
  readonly hint: string;

  constructor(code: OnnxErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** The hint for files that no exporter writes. */
export const NOT_A_MODEL = "Check that the file is an ONNX model and was copied whole.";

export function malformed(message: string): OnnxError {
  return new OnnxError("ONNX_MALFORMED", message, NOT_A_MODEL);
}
