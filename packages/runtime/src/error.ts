export type RuntimeErrorCode =
  | "RUNTIME_UNAVAILABLE"
  | "MODEL_NOT_FOUND"
  | "MODEL_INVALID"
  | "INPUT_MISSING"
  | "INPUT_UNKNOWN"
  | "INPUT_TYPE"
  | "INPUT_SHAPE"
  | "INPUT_ROWS"
  | "OUTPUT_UNKNOWN"
  | "OUTPUT_TYPE"
  | "OUTPUT_ROWS"
  | "RUN_FAILED"
  | "SESSION_CLOSED"
  | "ABORTED";

/** A model that cannot be loaded or run, or inputs that it cannot take. */
export class RuntimeError extends Error {
  override readonly name = "RuntimeError";
  readonly code: RuntimeErrorCode;
  readonly hint: string;

  constructor(code: RuntimeErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
