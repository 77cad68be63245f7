export type DataErrorCode =
  | "DATA_NOT_FOUND"
  | "DATA_FORMAT"
  | "DATA_TOO_LARGE"
  | "DATA_EMPTY"
  | "DATA_NOT_FINITE"
  | "NPY_INVALID"
  | "NPY_TYPE"
  | "NPZ_INVALID"
  | "PB_INVALID"
  | "CSV_INVALID"
  | "RANDOM_INVALID"
  | "INPUT_MISSING"
  | "INPUT_SHAPE"
  | "INPUT_TYPE"
  | "INPUT_ROWS";

/** Data that cannot be read, or that a model cannot take. */
export class DataError extends Error {
  override readonly name = "DataError";
  readonly code: DataErrorCode;
  readonly hint: string;

  constructor(code: DataErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
