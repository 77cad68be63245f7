export type DefenceErrorCode =
  | "ROWS_TOO_FEW"
  | "ROWS_SHAPE"
  | "CALIBRATION_INVALID"
  | "CALIBRATION_MISSING"
  | "STATE_INVALID"
  | "OPTIONS_INVALID";

/** A defence that cannot be set up as asked. */
export class DefenceError extends Error {
  override readonly name = "DefenceError";
  readonly code: DefenceErrorCode;
  readonly hint: string;

  constructor(code: DefenceErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
