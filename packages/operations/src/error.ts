export type OperationErrorCode =
  | "KEY_FILE_EXISTS"
  | "KEY_FILE_MODE"
  | "KEY_FILE_MALFORMED"
  | "PASSPHRASE_REQUIRED"
  | "PASSPHRASE_EMPTY"
  | "PASSPHRASE_DIFFERS"
  | "PASSPHRASE_WRONG"
  | "CUSTOMER_UNKNOWN"
  | "FILE_NOT_FOUND"
  | "FILE_NOT_ALLOWED"
  | "FILE_KIND"
  | "FILE_EXISTS"
  | "MODEL_UNSUITED"
  | "SHADOWS_DIFFER"
  | "SECRET_MISSING"
  | "AUTHORITY_FAILED"
  | "BEACON_UNAVAILABLE"
  | "PLAN_CONTRADICTED"
  | "DISK_FAILED"
  | "ABORTED"
  | "RECIPIENT_INVALID"
  | "UNCONFIRMED"
  | "TIME_AHEAD";

/** What went wrong in an operation, with what to do about it. */
export class OperationError extends Error {
  override readonly name = "OperationError";
  readonly code: OperationErrorCode;
  readonly hint: string;

  constructor(code: OperationErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
