export type CliErrorCode =
  | "USAGE"
  | "PROTOCOL_UNAVAILABLE"
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
  | "GATEWAY_FAILED"
  | "AUTHORITY_FAILED"
  | "BEACON_UNAVAILABLE"
  | "PLAN_CONTRADICTED"
  | "DISK_FAILED"
  | "ABORTED"
  | "INTERNAL";

/** What went wrong at the command line, with what to do about it. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  readonly hint: string;

  constructor(code: CliErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
